import { ExportError } from '../errors';
import type { Deadline } from '../time';
import { privateAddress } from './address';
import { AnswerTooLargeError, readCapped } from './read-capped';

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

/** Causes are followed so far down, and an error that is its own cause no further. */
const DEEPEST_CAUSE = 10;

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'the host name does not exist',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'there was no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'there was no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'there was no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped halfway',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
};

/**
 * Says in a few words why a request got no answer. Only known codes are put into words: messages of HTTP
 * libraries can carry addresses and headers.
 */
export function describeNetworkError(error: unknown): string {
  let e = error;
  for (let depth = 0; e instanceof Error && depth < DEEPEST_CAUSE; depth += 1, e = e.cause) {
    if (e.name === 'TimeoutError' || e.name === 'AbortError') return 'there was no answer in time';
    if (e instanceof AnswerTooLargeError) return 'the answer was too large to be one of its own';
    const code = 'code' in e && typeof e.code === 'string' ? e.code : undefined;
    const words = code === undefined ? undefined : WORDS[code];
    if (words) return words;
    if (code !== undefined && /^[A-Z][A-Z0-9_]+$/.test(code)) return `the connection failed (${code})`;
  }
  return 'the connection failed';
}

/** Whether a request failed because there is no host of that name, as far as this machine can tell. */
export function isUnknownHost(error: unknown): boolean {
  let e = error;
  for (let depth = 0; e instanceof Error && depth < DEEPEST_CAUSE; depth += 1, e = e.cause) {
    if ('code' in e && e.code === 'ENOTFOUND') return true;
  }
  return false;
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
 *   run's end cut the request short; an {@link AnswerTooLargeError} for a success of more than 128 MB; an {@link ExportError} where the host does
 *   not connect to such an address, which no other try changes
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
    const refusal = privateAddress(error);
    throw refusal ? new ExportError('private_address', refusal, error) : error;
  } finally {
    clearTimeout(timer);
    ended.removeEventListener('abort', abort);
  }
}

/** Whether an answer with this status may be different the next time: 408, 429 and every 5xx. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}
