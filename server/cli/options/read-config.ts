import { readFileSync } from 'node:fs';
import { closest, distance } from 'fastest-levenshtein';
import { errorCode } from '../../host/folder/error-code';
import { jsonPosition } from '../../host/folder/json-position';
import { HostError } from '../../host/host-error';

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
