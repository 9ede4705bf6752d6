import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Clock } from '../../src/time';
import { errorCode } from '../errors';
import { HttpError } from '../web/http';

const inflate = promisify(gunzip);

/** Bytes of a post at most, as it is sent and when it is inflated. Auth0 batches a hundred logs of a few KB. */
const MOST_BYTES = 2 * 1024 * 1024;
/** Whoever does not send a post within this is cut off, in milliseconds. */
const LONGEST_SENDING_MS = 5_000;

/** What log streams are told to send as: JSON, or lines of it. */
const JSON_TYPES =
  /^(application\/(json|x-ndjson|ndjson|jsonl|x-jsonlines|json-lines|[\w.-]+\+json)|text\/plain)$/i;

const tooLarge = () =>
  new HttpError(
    413,
    'body_too_large',
    'A post may have 2 MB at most, also when it is inflated. Auth0 posts less than that.',
  );

/**
 * Makes sure that the head of a post promises something that can be read.
 *
 * @throws {HttpError} 413, 415
 */
export function checkHead({ headers }: Pick<IncomingMessage, 'headers'>): void {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  if (!JSON_TYPES.test(type)) {
    throw new HttpError(
      415,
      'unsupported_content_type',
      `${type === '' ? 'The post has no content type' : 'The content type of the post is none of JSON'}. Put application/json into Content Type of the log stream.`,
    );
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (!/^(identity|gzip|x-gzip)$/i.test(encoding)) {
    throw new HttpError(
      415,
      'unsupported_content_encoding',
      'The post is compressed in a way that is not understood here. Send it with gzip, or as it is.',
    );
  }
  if (Number(headers['content-length'] ?? 0) > MOST_BYTES) throw tooLarge();
}

/** Reads what is sent, up to the limit. The request is left as it is where it was too much. */
async function readBytes(request: IncomingMessage, clock: Clock): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const ended = new AbortController();
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      let size = 0;
      const on = (event: string, listener: (chunk: Buffer) => void) => {
        request.on(event, listener);
        ended.signal.addEventListener('abort', () => request.off(event, listener));
      };
      on('data', (chunk) => {
        size += chunk.length;
        if (size > MOST_BYTES) {
          request.pause();
          reject(tooLarge());
        } else chunks.push(chunk);
      });
      on('end', () => resolve(Buffer.concat(chunks)));
      on('close', () =>
        reject(new HttpError(400, 'body_cut_off', 'The post ended before all of it was sent.')),
      );
      clock.sleep(LONGEST_SENDING_MS, ended.signal).then(
        () =>
          reject(
            new HttpError(408, 'body_too_slow', 'The post was not sent within 5 seconds. Send it again.'),
          ),
        () => {
          // It has ended before.
        },
      );
    });
  } finally {
    ended.abort();
  }
}

/**
 * Reads the text of a post whose head was looked at.
 *
 * @throws {HttpError} 400, 408, 413
 */
export async function readPost(request: IncomingMessage, clock: Clock): Promise<string> {
  const bytes = await readBytes(request, clock);
  if (!/gzip$/i.test(request.headers['content-encoding'] ?? '')) return bytes.toString();
  try {
    return (await inflate(bytes, { maxOutputLength: MOST_BYTES })).toString();
  } catch (error) {
    if (errorCode(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new HttpError(
      400,
      'invalid_gzip',
      'The post says that it is compressed with gzip, but cannot be inflated. Send it again, or as it is.',
    );
  }
}
