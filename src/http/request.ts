import { ExportError } from '../errors';
import type { Deadline } from '../time';
import { isUnknownHost, permanentFailure } from './network-error';
import { readCapped } from './read-capped';

/** A whole HTTP answer, its body read. */
export interface BufferedResponse {
  status: number;
  headers: Headers;
  text: string;
}

/** A request that gets less time than this is cut by the run's end: a healthy peer may need as long. */
const SHORT_TRY_MS = 1_500;

/** Why a request got no answer within its time. */
class NoAnswerInTime extends DOMException {
  /** Whether the end of the run, and not the peer, is to blame. */
  readonly isCutShort: boolean;

  constructor(timeoutMs: number) {
    super(`No answer within ${Math.round(timeoutMs)} ms`, 'TimeoutError');
    this.isCutShort = timeoutMs < SHORT_TRY_MS;
  }
}

/**
 * The end of a first try that was cut short: it says nothing of the peer, only that the time was up. After tries
 * that failed otherwise, they are what is to be told.
 *
 * @param failure what the last try failed with
 * @param tries how many there were
 * @param peer who was asked
 */
export function outOfTime(failure: unknown, tries: number, peer: string): ExportError | undefined {
  if (tries > 1 || !(failure instanceof NoAnswerInTime) || !failure.isCutShort) return undefined;
  return new ExportError('out_of_time', `The time of this run was up before ${peer} had answered.`);
}

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
 *   run's end cut the request short; an AnswerTooLargeError for a success of more than 128 MB; an {@link ExportError}
 *   for a {@link permanentFailure}
 */
export async function exchange(
  deadline: Deadline,
  fetchFn: typeof fetch,
  url: string | URL,
  init: RequestInit,
  onHead?: (head: Pick<BufferedResponse, 'status' | 'headers'>) => void,
): Promise<BufferedResponse> {
  const timeoutMs = deadline.requestTimeout();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new NoAnswerInTime(timeoutMs)), timeoutMs);
  const ended = AbortSignal.any([deadline.signal, ...(init.signal ? [init.signal] : [])]);
  const abort = () => controller.abort(ended.reason);
  ended.addEventListener('abort', abort, { once: true });
  if (ended.aborted) abort();
  try {
    // A redirect would carry secrets elsewhere, and none of the peers sends one.
    const response = await fetchFn(url, { ...init, redirect: 'manual', signal: controller.signal });
    onHead?.(response);
    return { status: response.status, headers: response.headers, text: await readCapped(response) };
  } catch (error) {
    throw permanentFailure(error, new URL(url).host) ?? error;
  } finally {
    clearTimeout(timer);
    ended.removeEventListener('abort', abort);
  }
}

/**
 * Returns true if another try may succeed: after an answer with 408, 429 or 5xx, after a success that is not the
 * peer's own, and after every network error that is not a {@link permanentFailure}.
 *
 * @param failure the answer, or what {@link exchange} threw
 * @param isFirstRun true if nothing was ever exported: an unknown host name is then a mistake, not a DNS outage
 */
export function isTransient(failure: BufferedResponse | Error, isFirstRun = false): boolean {
  if (failure instanceof ExportError) return false;
  if (failure instanceof Error) return !(isFirstRun && isUnknownHost(failure));
  const { status } = failure;
  return status < 300 || status === 408 || status === 429 || status >= 500;
}
