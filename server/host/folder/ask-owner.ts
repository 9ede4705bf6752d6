import { connect } from 'node:net';
import * as v from 'valibot';

/** A socket on this machine answers at once or not at all. */
const LONGEST_ANSWER_MS = 2_000;

const owner = v.object({
  pid: v.number(),
  /** ISO 8601. */
  since: v.string(),
  /** What it is doing, such as `start`. */
  command: v.string(),
  /** Where its Dashboard is, if it has one. */
  url: v.optional(v.string()),
});

/** The process that owns a folder. */
export type FolderOwner = v.InferOutput<typeof owner>;

/**
 * Asks who owns a folder.
 *
 * @param path of the socket that the owner listens on
 * @returns `undefined` where nobody listens any more
 */
export function askOwner(path: string): Promise<FolderOwner | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let text = '';
    const end = () => {
      socket.destroy();
      try {
        resolve(v.parse(owner, JSON.parse(text)));
      } catch {
        resolve(undefined);
      }
    };
    socket.setTimeout(LONGEST_ANSWER_MS, end);
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => resolve(undefined));
    socket.on('end', end);
  });
}
