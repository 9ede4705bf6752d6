import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { OptionSources } from './read-options';

/** Group and others may read or write. */
const OTHERS_READ_OR_WRITE = 0o066;

/** Whether an option's value is a secret, by its name; a name of a file that holds one is none. */
export function isSecretOption(name: string): boolean {
  return /(SECRET|PASSWORD|TOKEN|KEY|WEBHOOK|WEBHOOK_URL|DATABASE_URL)$/.test(name);
}

const secretsIn = (values: object): string[] =>
  Object.entries(values).flatMap(([name, value]) => (value && isSecretOption(name) ? [name] : []));

/** The file's mode where others may read or write it; `undefined` where not, and where files have no mode. */
function exposedMode(path: string): string | undefined {
  const { mode } = statSync(path);
  const isExposed = process.getuid !== undefined && (mode & OTHERS_READ_OR_WRITE) !== 0;
  return isExposed ? `0${(mode & 0o777).toString(8)}` : undefined;
}

/** The names of the secrets in a JSON file; none where it is not there, or no object. */
function secretsInFile(path: string): string[] {
  try {
    const data: unknown = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
    return typeof data === 'object' && data !== null ? secretsIn(data) : [];
  } catch {
    // What is wrong with the file is said where it is read for its settings.
    return [];
  }
}

/**
 * Says which secrets other users of this machine can read: those on the command line, which stands in the list of
 * processes, and those in a config.json whose mode lets others read it.
 *
 * @returns sentences that name the secrets, never their values
 */
export function exposureWarnings({ flags, folder }: Pick<OptionSources, 'flags' | 'folder'>): string[] {
  const typed = secretsIn(flags);
  const path = resolve(folder, 'config.json');
  const kept = secretsInFile(path);
  const mode = kept.length > 0 ? exposedMode(path) : undefined;
  return [
    ...(typed.length > 0
      ? [
          `${typed.join(', ')} on the command line can be read by every user of this machine in its list of processes. Put it into the environment instead.`,
        ]
      : []),
    ...(mode !== undefined
      ? [
          `${path} holds ${kept.join(', ')} and is open to other users of this machine (mode ${mode}). Run: chmod 600 ${path}`,
        ]
      : []),
  ];
}
