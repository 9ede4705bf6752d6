import { gunzipSync } from 'node:zlib';
import type { Call } from '../http/call';

/** The request's body as it was before compression, or nothing for a broken one. */
export function plainBody({ headers, body }: Call): Buffer | undefined {
  if (headers['content-encoding'] !== 'gzip') return body;
  try {
    return gunzipSync(body);
  } catch {
    return undefined;
  }
}
