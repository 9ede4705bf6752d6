import { AnswerTooLargeError } from './read-capped';

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
