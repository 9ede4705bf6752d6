import { ExportError, type ExportErrorCode } from '../errors';
import { AnswerTooLargeError } from './read-capped';

const MAX_CAUSE_DEPTH = 10;

/** Yields an error and its causes, outermost first; an error that is its own cause ends. */
function* causesOf(error: unknown): Generator<Error & { code?: unknown }> {
  let e = error;
  for (let depth = 0; e instanceof Error && depth < MAX_CAUSE_DEPTH; depth += 1, e = e.cause) yield e;
}

const WORDS: Readonly<Record<string, string>> = {
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
};

/** The certificate errors of Node and OpenSSL (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const CERTIFICATE_ERRORS: Readonly<Record<string, readonly [ExportErrorCode, words: string]>> = {
  UNABLE_TO_GET_ISSUER_CERT: ['tls_untrusted', 'the authority of the certificate is unknown'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['tls_untrusted', 'the authority of the certificate is unknown'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['tls_untrusted', 'the authority of the certificate is unknown'],
  SELF_SIGNED_CERT_IN_CHAIN: ['tls_untrusted', 'the authority of the certificate is unknown'],
  CERT_UNTRUSTED: ['tls_untrusted', 'the authority of the certificate is unknown'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['tls_untrusted', 'the certificate is self-signed'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['tls_wrong_name', 'the certificate is for another host name'],
  HOSTNAME_MISMATCH: ['tls_wrong_name', 'the certificate is for another host name'],
  CERT_HAS_EXPIRED: ['tls_expired', 'the certificate has expired'],
  CERT_NOT_YET_VALID: ['tls_expired', 'the certificate is not valid yet'],
};

/** Codes of a peer that speaks no HTTPS, or none that Node accepts. */
const PROTOCOL_ERROR = /^(EPROTO|ERR_SSL_\w+|ERR_TLS_\w+|HPE_\w+)$/;
/** A connection that was cut or damaged on its way, or a server in trouble, which the next try may not meet. */
const PASSING_PROTOCOL_ERROR = /UNEXPECTED_EOF|INVALID_EOF_STATE|BAD_RECORD_MAC|ALERT_INTERNAL_ERROR/;

const PROXY_AUTHENTICATION_REQUIRED = 407;

/** Returns the status with which a proxy refused a tunnel, which undici states in the message alone. */
function proxyStatusOf({ message }: Error): number | undefined {
  const [, status] = /^Proxy response \((\d{3})\) !== 200/.exec(message) ?? [];
  return status === undefined ? undefined : Number(status);
}

/** Returns what a code says of a certificate or a protocol; `undefined` for every other code. */
function protocolFailureOf(code: unknown): readonly [ExportErrorCode, words: string] | undefined {
  if (typeof code !== 'string') return undefined;
  if (Object.hasOwn(CERTIFICATE_ERRORS, code)) return CERTIFICATE_ERRORS[code];
  if (!PROTOCOL_ERROR.test(code) || PASSING_PROTOCOL_ERROR.test(code)) return undefined;
  return ['tls_failed', 'the answer is not valid HTTPS'];
}

/**
 * Describes in a few words why a request got no answer. Only known codes are described: messages of HTTP
 * libraries can carry addresses and headers.
 */
export function describeNetworkError(error: unknown): string {
  for (const e of causesOf(error)) {
    const proxyStatus = proxyStatusOf(e);
    if (proxyStatus !== undefined) return `the proxy returned ${proxyStatus}`;
    if (e.name === 'TimeoutError' || e.name === 'AbortError') return 'there was no answer in time';
    if (e instanceof AnswerTooLargeError) return 'the answer was too large to be one of its own';
    const { code } = e;
    if (typeof code !== 'string') continue;
    const words = WORDS[code] ?? protocolFailureOf(code)?.[1];
    if (words) return words;
    if (/^[A-Z][A-Z0-9_]+$/.test(code)) return `the connection failed (${code})`;
  }
  return 'the connection failed';
}

/** Returns true if a request failed because this machine knows no host of that name. */
export const isUnknownHost = (error: unknown): boolean =>
  [...causesOf(error)].some(({ code }) => code === 'ENOTFOUND');

const MAX_NAMES = 3;

/** Returns the host names of the certificate that Node rejected; empty where the error carries none. */
function namesOf(error: Error): string {
  const cert = 'cert' in error ? error.cert : undefined;
  const alternatives =
    typeof cert === 'object' && cert !== null && 'subjectaltname' in cert ? cert.subjectaltname : undefined;
  if (typeof alternatives !== 'string') return '';
  const names = [...alternatives.matchAll(/\bDNS:([\w.*-]{1,253})/g)].map(([, name]) => name);
  return names.slice(0, MAX_NAMES).join(', ');
}

/**
 * Returns the failure that another try can't change: a rejected certificate, a broken protocol, a proxy that refuses,
 * or an address that the self-hosted exporter refuses because it is not public.
 *
 * @param error what fetch threw
 * @param host that the request was for
 * @returns `undefined` where another try may succeed
 */
export function permanentFailure(error: unknown, host: string): ExportError | undefined {
  for (const e of causesOf(error)) {
    if (e.code === 'ERR_PRIVATE_ADDRESS') return new ExportError('private_address', e.message, error);
    const proxyStatus = proxyStatusOf(e);
    if (proxyStatus !== undefined && proxyStatus < 500) {
      return new ExportError(
        proxyStatus === PROXY_AUTHENTICATION_REQUIRED ? 'proxy_credentials' : 'proxy_refused',
        `No connection to ${host}: the proxy returned ${proxyStatus}.`,
        error,
      );
    }
    const failure = protocolFailureOf(e.code);
    if (!failure) continue;
    const [code, words] = failure;
    const names = code === 'tls_wrong_name' ? namesOf(e) : '';
    const what = names === '' ? words : `the certificate is for ${names}`;
    return new ExportError(code, `No secure connection to ${host}: ${what} (${e.code}).`, error);
  }
  return undefined;
}
