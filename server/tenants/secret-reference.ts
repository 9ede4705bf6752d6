import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCode, HostError } from '../errors';

/** Settings that are secrets: sealed where they are stored, and the only ones that may be references. */
export const secretSettings: readonly string[] = [
  'AUTH0_CLIENT_SECRET',
  'SEGMENT_KEY',
  'SLACK_INCOMING_WEBHOOK',
];

/** Larger than any secret: what is there instead is another file. */
const LARGEST_BYTES = 64 * 1024;

/** Whether a secret's value says where the secret is, instead of being it. */
export const isReference = (value: string): boolean => /^(env|file):/.test(value);

/** Returns true if a value is in quotes, as a shell would have removed them. */
export const isQuoted = (value: string): boolean => /^("[^"]*"|'[^']*'|`[^`]*`)$/.test(value.trim());

/**
 * What is wrong with a reference by itself; empty where nothing is. Whether the secret is there shows when it is
 * read.
 */
export function referenceProblem(setting: string, reference: string): string {
  const [, kind, what = ''] = /^(env|file):(.*)$/s.exec(reference) ?? [];
  if (kind === 'env' && !/^[A-Za-z_]\w{0,199}$/.test(what)) {
    return `${setting} is a reference to a variable without a usable name. Write it as env:NAME, with letters, digits and underscores.`;
  }
  if (kind === 'file' && (what.trim() === '' || /[\0\r\n]/.test(what))) {
    return `${setting} is a reference to a file without a usable path. Write it as file:PATH, such as file:/run/secrets/${setting.toLowerCase()}.`;
  }
  return '';
}

/** Something else than a file with a secret: a folder, a device that never ends, a file of another kind. */
class NoSecretFile extends Error {
  override readonly name = 'NoSecretFile';
}

/** Reads a file that cannot be large, and waits for nobody who has yet to write it. */
async function readSmallFile(path: string): Promise<string> {
  const { O_RDONLY, O_NONBLOCK = 0 } = constants;
  const handle = await open(path, O_RDONLY | O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new NoSecretFile('that is no file');
    if (stats.size > LARGEST_BYTES) {
      throw new NoSecretFile(`that file has ${stats.size} bytes, more than any secret`);
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/**
 * Reads the secret that a reference leads to, as it is now.
 *
 * @param reference `env:NAME` or `file:PATH`, a path from the working directory on
 * @param env the environment of the process
 * @returns the secret, without blanks and line breaks around it
 * @throws {HostError} where it is not there, or empty: names tenant, setting and remedy
 */
export async function readReference(
  { tenant, setting }: { tenant: string; setting: string },
  reference: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const what = `${setting} of tenant ${tenant} is ${reference}`;
  if (reference.startsWith('env:')) {
    const secret = env[reference.slice('env:'.length)]?.trim() ?? '';
    if (isQuoted(secret)) {
      throw new HostError(`${what}, and that variable is in quotes. Take the quotes away.`, 78);
    }
    if (secret !== '') return secret;
    throw new HostError(
      `${what}, and the environment of this process has no such variable, or it is empty. Set it and start again, or change the setting.`,
      78,
    );
  }
  const path = reference.slice('file:'.length);
  const text = await readSmallFile(path).catch((error: unknown) => {
    const code = errorCode(error);
    const cause =
      code === 'ENOENT'
        ? 'there is no such file'
        : error instanceof NoSecretFile
          ? error.message
          : `it cannot be read (${code || String(error)})`;
    throw new HostError(
      `${what}, and ${cause}. Put the secret there, readable for the user that runs this, or change the setting.`,
      78,
      error,
    );
  });
  const secret = text.replace(/^\uFEFF/, '').trim();
  if (secret === '') {
    throw new HostError(
      `${what}, and that file is empty. Put the secret into it, or change the setting.`,
      78,
    );
  }
  if (isQuoted(secret)) {
    throw new HostError(`${what}, and the secret in that file is in quotes. Take the quotes away.`, 78);
  }
  if (/[\r\n\0]/.test(secret)) {
    throw new HostError(
      `${what}, and that file holds more than one line. It must hold the secret alone: change the file, or the setting.`,
      78,
    );
  }
  return secret;
}
