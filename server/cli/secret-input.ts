import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { HostError } from '../errors';

/** Larger than all secrets of a tenant: what comes instead is something else. */
const LARGEST_CHARACTERS = 64 * 1024;

/** Where secrets are read from. */
export interface SecretSource {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  /** Shows what is asked for on a terminal. */
  prompt: NodeJS.WritableStream;
}

/** What people call the secrets. */
const LABELS: Readonly<Record<string, string>> = {
  AUTH0_MANAGEMENT_TOKEN: 'Management API token',
  AUTH0_ADMIN_CLIENT_SECRET: 'Client secret of the administrative application',
  AUTH0_CLIENT_SECRET: 'Client secret',
  SEGMENT_KEY: 'Segment write key',
  SLACK_INCOMING_WEBHOOK: 'Slack webhook',
};

/** Asks on a terminal, and shows nothing of the answer. */
async function ask(name: string, { stdin, prompt }: SecretSource): Promise<string> {
  // What is typed goes where the terminal would echo it.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
  prompt.write(`${LABELS[name] ? `${LABELS[name]}, ` : ''}${name} (not shown): `);
  try {
    // Ctrl-C and Ctrl-D close it without an answer.
    line.on('SIGINT', () => line.close());
    const answer = once(line, 'line').then(([text]) => String(text));
    const none = once(line, 'close').then(() => undefined);
    const text = await Promise.race([answer, none]);
    if (text === undefined) throw new HostError(`${name} was not entered. Nothing was changed.`, 78);
    return text;
  } finally {
    prompt.write('\n');
    line.close();
  }
}

/** Reads lines to the end of what is no terminal. */
async function readLines(names: readonly string[], { stdin }: SecretSource): Promise<string[]> {
  let text = '';
  stdin.setEncoding('utf8');
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.length > LARGEST_CHARACTERS) break;
  }
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/(\r?\n)+$/, '')
    .split(/\r?\n/);
  if (lines.length === names.length && text !== '') return lines;
  throw new HostError(
    `Standard input has ${text === '' ? 'no line' : lines.length === 1 ? '1 line' : `${lines.length} lines`}, and must have one for each of: ${names.join(', ')}, in this order. Nothing was changed.`,
    78,
  );
}

/**
 * Reads secrets that stand in no argument: on a terminal each is asked for, else each is a line of standard input.
 *
 * @param names of the settings, in the order in which they are asked for
 * @returns the secrets by these names, without blanks around them
 * @throws {HostError} where there are fewer or more lines, or one is empty; nothing of them is repeated
 */
export async function readSecrets(
  names: readonly string[],
  source: SecretSource,
): Promise<Record<string, string>> {
  if (names.length === 0) return {};
  const secrets: string[] = [];
  if (source.stdin.isTTY) {
    for (const name of names) secrets.push(await ask(name, source));
  } else secrets.push(...(await readLines(names, source)));
  return Object.fromEntries(
    names.map((name, index) => {
      const secret = secrets[index]?.trim() ?? '';
      // Removing a setting is said by an empty argument; an empty line is rather a variable that is not set.
      if (secret === '') throw new HostError(`${name} is empty on standard input. Nothing was changed.`, 78);
      return [name, secret];
    }),
  );
}
