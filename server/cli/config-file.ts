import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { errorCode, HostError } from '../errors';
import { openToOthers, writableByOthers } from '../file-mode';
import { jsonPosition } from '../json-position';

const EXAMPLE = 'It must be a JSON object with settings, such as {"BATCH_SIZE": "50"}.';
/** A name further away than this was not mistyped. */
const FARTHEST_MISTYPED = 4;

const kindOf = (value: unknown) => (Array.isArray(value) ? 'a list' : value === null ? 'null' : 'an object');

/** Whether a number is what was written: a log id without quotes loses all digits after the sixteenth. */
const isExact = (value: unknown): boolean =>
  typeof value === 'number' && (!Number.isInteger(value) || Number.isSafeInteger(value));

function textOf(path: string): string | undefined {
  try {
    // Editors on Windows put a byte order mark before the text.
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new HostError(
      `${path} cannot be read (${errorCode(error) || String(error)}). Give the user that runs this the right to read it.`,
      78,
      error,
    );
  }
}

function parse(path: string, text: string): object {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    // What the parser says is not repeated: it quotes the file, which has secrets.
    throw new HostError(
      `${path} cannot be read: it stops being JSON at ${jsonPosition(text)}. ${EXAMPLE}`,
      78,
    );
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new HostError(`${path} holds no JSON object. ${EXAMPLE}`, 78);
  }
  return data;
}

/**
 * Read from the environment of the process alone: whoever may edit a file or a command line of this tool does not
 * thereby decide where it may connect or report to.
 */
export const environmentOnly: readonly string[] = ['ALLOWED_SLACK_HOSTS', 'ALLOW_PRIVATE_HOSTS'];

/**
 * Reads config.json. Nothing in it is ignored.
 *
 * @param path of the file
 * @param names that may stand in it
 * @returns its settings as texts; none where there is no file
 * @throws {HostError} naming where it is no JSON, or the setting that is not known or has no usable value
 */
export function readConfig(path: string, names: readonly string[]): Record<string, string> {
  const text = textOf(path);
  if (text === undefined) return {};
  return Object.fromEntries(
    Object.entries(parse(path, text)).map(([name, value]: [string, unknown]) => {
      if (environmentOnly.includes(name)) {
        throw new HostError(
          `${path} has ${name}, which only the environment of the process may say. Set it there, and take it out of the file.`,
          78,
        );
      }
      if (!names.includes(name)) {
        const near = closest(name.toUpperCase().replaceAll('-', '_'), names);
        const isNear = distance(name.toUpperCase().replaceAll('-', '_'), near) <= FARTHEST_MISTYPED;
        throw new HostError(
          `${path} has ${JSON.stringify(name.slice(0, 60))}, which is no setting. ${isNear ? `Write ${near} if that is meant` : 'Take it out, or see --help for the settings'}.`,
          78,
        );
      }
      if (typeof value === 'string') return [name, value];
      if (typeof value === 'boolean' || isExact(value)) return [name, String(value)];
      if (typeof value === 'number') {
        throw new HostError(
          `${name} in ${path} is a number with more digits than JSON keeps. Write it as a text in quotes.`,
          78,
        );
      }
      throw new HostError(
        `${name} in ${path} is ${kindOf(value)}. Write its value as a text in quotes, or take it out.`,
        78,
      );
    }),
  );
}

/** Whether an option's value is a secret, by its name; a name of a file that holds one is none. */
export function isSecretOption(name: string): boolean {
  return /(SECRET|PASSWORD|TOKEN|KEY|WEBHOOK|WEBHOOK_URL|DATABASE_URL)$/.test(name);
}

const secretsIn = (values: object): string[] =>
  Object.entries(values).flatMap(([name, value]) => (value && isSecretOption(name) ? [name] : []));

/** The names of the secrets in a JSON file; none where it is no object. */
function secretsInFile(path: string): string[] {
  try {
    const data: unknown = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
    return typeof data === 'object' && data !== null ? secretsIn(data) : [];
  } catch {
    // What is wrong with the file is said where it is read for its settings.
    return [];
  }
}

/** What is wrong with the mode of config.json. */
function modeWarnings(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return [];
  const kept = secretsInFile(path);
  const readable = kept.length > 0 ? openToOthers(stats) : undefined;
  if (readable) {
    return [
      `${path} holds ${kept.join(', ')} and is open to other users of this machine (mode ${readable}). Run: chmod 600 ${path}`,
    ];
  }
  const writable = writableByOthers(stats);
  return writable
    ? [
        `${path} says what is exported where, and can be changed by other users of this machine (mode ${writable}). Run: chmod go-w ${path}`,
      ]
    : [];
}

/**
 * Says what other users of this machine can read or change: secrets on the command line, which stands in the list of
 * processes, and a config.json by its mode.
 *
 * @returns sentences that name the secrets, never their values
 */
export function exposureWarnings({
  flags,
  folder,
}: {
  flags: Readonly<Record<string, string | undefined>>;
  folder: string;
}): string[] {
  const typed = secretsIn(flags);
  return [
    ...(typed.length > 0
      ? [
          `${typed.join(', ')} on the command line can be read by every user of this machine in its list of processes. Put it into the environment instead.`,
        ]
      : []),
    ...modeWarnings(resolve(folder, 'config.json')),
  ];
}
