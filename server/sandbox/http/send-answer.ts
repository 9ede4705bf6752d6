import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Answer } from './answer';

const gzipped = promisify(gzip);
const COMPRESS_ABOVE = 1024;

/** How an answer leaves. */
export interface Sending {
  /** The client accepts gzip and the sandbox compresses. */
  compress: boolean;
  /** Break off half-way through the body. */
  cut: boolean;
}

/** Writes the answer, compressed where that pays. */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  { compress, cut }: Sending,
): Promise<void> {
  const headers: Record<string, string | number> = { ...answer.headers };
  let body = Buffer.from(answer.body);
  if (compress && body.length > COMPRESS_ABOVE) {
    // The fastest level: the sandbox shares its processor with the code that is being measured.
    body = await gzipped(body, { level: 1 });
    headers['content-encoding'] = 'gzip';
    headers.vary = 'accept-encoding';
  }
  if (answer.status !== 204) headers['content-length'] = body.length;
  response.writeHead(answer.status, headers);
  if (!cut) {
    response.end(body);
    return;
  }
  response.flushHeaders();
  response.write(body.subarray(0, body.length >> 1), () => response.socket?.destroy());
}
