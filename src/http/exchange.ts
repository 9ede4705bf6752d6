import { ExportError } from '../errors/export-error';
import type { Deadline } from '../time/deadline';
import type { Answer } from './answer';
import { NoAnswerInTime } from './cut-short';
import { privateAddress } from './private-address';
import { readCapped } from './read-capped';

/**
 * Sends one request and reads its whole answer within what the run's deadline allows one request. Reading
 * the body here means that a connection cut halfway through it is seen as the network failure that it is.
 *
 * @param deadline bounds the request
 * @param fetchFn the fetch to send it with
 * @param url where to
 * @param init as for fetch; its signal is honoured too
 * @param onHead called with status and headers before the body is read
 * @returns status, headers and body text; that of an error is cut after 64 KB
 * @throws what fetch throws on a network failure; a {@link NoAnswerInTime} when the time is up, which says whether the
 *   run's end cut the request short; an {@link AnswerTooLargeError} for a success of more than 128 MB; an {@link ExportError} where the host does
 *   not connect to such an address, which no other try changes
 */
export async function exchange(
  deadline: Deadline,
  fetchFn: typeof fetch,
  url: string | URL,
  init: RequestInit,
  onHead?: (head: Pick<Answer, 'status' | 'headers'>) => void,
): Promise<Answer> {
  const timeoutMs = deadline.requestTimeout();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new NoAnswerInTime(timeoutMs)), timeoutMs);
  const ended = AbortSignal.any([deadline.signal, ...(init.signal ? [init.signal] : [])]);
  const giveUp = () => controller.abort(ended.reason);
  ended.addEventListener('abort', giveUp, { once: true });
  if (ended.aborted) giveUp();
  try {
    // A redirect would carry secrets elsewhere, and none of the peers sends one.
    const response = await fetchFn(url, { ...init, redirect: 'manual', signal: controller.signal });
    onHead?.(response);
    return { status: response.status, headers: response.headers, text: await readCapped(response) };
  } catch (error) {
    const refusal = privateAddress(error);
    throw refusal ? new ExportError('private_address', refusal, error) : error;
  } finally {
    clearTimeout(timer);
    ended.removeEventListener('abort', giveUp);
  }
}
