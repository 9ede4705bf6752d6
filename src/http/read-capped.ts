/** An error answer is read this far: enough for any message, too little to keep a run busy. */
const LARGEST_ERROR_BYTES = 64 * 1024;

/**
 * The largest answer that is of use, uncompressed: a search for 50 users whose profiles hold 1 MB each, as older
 * tenants' may, which JSON's escapes at most double. What is larger is no answer of the peer's.
 */
const LARGEST_ANSWER_BYTES = 128 * 1024 * 1024;

/** An answer was larger than any that is of use. */
export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError';
}

/** Reads a body until its end or until it is larger than the limit; the rest is never fetched. */
async function readUpTo(response: Response, limit: number): Promise<{ text: string; isWhole: boolean }> {
  if (!response.body) return { text: '', isWhole: true };
  const decoder = new TextDecoder();
  let text = '';
  let left = limit;
  // Leaving the loop cancels the body.
  for await (const chunk of response.body) {
    if (chunk.byteLength > left) {
      return { text: text + decoder.decode(chunk.subarray(0, left)), isWhole: false };
    }
    left -= chunk.byteLength;
    text += decoder.decode(chunk, { stream: true });
  }
  return { text: text + decoder.decode(), isWhole: true };
}

/**
 * Reads the body of a peer's answer, whose size the peer does not decide: an error is cut after 64 KB, a success
 * beyond 128 MB is refused. Bytes are counted after decompression.
 *
 * @throws {AnswerTooLargeError} for a success that is larger
 * @throws what reading a body throws when the connection is cut
 */
export async function readCapped(response: Response): Promise<string> {
  if (!response.ok) return (await readUpTo(response, LARGEST_ERROR_BYTES)).text;
  const { text, isWhole } = await readUpTo(response, LARGEST_ANSWER_BYTES);
  if (isWhole) return text;
  throw new AnswerTooLargeError(`The answer is larger than ${LARGEST_ANSWER_BYTES / 1024 / 1024} MB`);
}

/** Statuses whose answers have no body, for which none may be given to a Response. */
const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * A fetch for libraries that read answers by themselves: no redirect is followed, which would carry secrets
 * elsewhere and which none of the peers sends, and a body is read as {@link readCapped} reads it.
 */
export function cappedFetch(
  fetch: (url: string, init?: RequestInit) => Promise<Response>,
): (url: string, init?: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const answer = await fetch(url, { ...init, redirect: 'manual' });
    const text = await readCapped(answer);
    const { status, statusText, headers } = answer;
    return new Response(WITHOUT_BODY.has(status) ? null : text, { status, statusText, headers });
  };
}
