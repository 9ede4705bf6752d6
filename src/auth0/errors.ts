import { ExportError, type ExportErrorCode } from '../errors';
import { describeForeignAnswer } from '../http/foreign-answer';
import { describeNetworkError, isUnknownHost } from '../http/network-error';
import { type BufferedResponse, isTransient } from '../http/request';
import { onOneLine } from '../redactor';
import { classifyRefusal, parseAuth0Error, type Refusal } from './refusal';

/** The HTTP status that an error of an Auth0 client stands for, if it stands for one. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
}

/** What the requests are for, as an administrator would say it. */
const PURPOSE: Record<string, string> = {
  token: 'requesting an access token',
  logs: 'reading logs',
  users: 'looking up users',
};

const SCOPE: Record<string, string> = {
  logs: 'read:logs',
  users: 'read:users',
  clients: 'delete:clients',
};

const MAX_MESSAGE_LENGTH = 200;

/**
 * Returns a sentence that quotes Auth0's own message, after a space; empty where the answer has none.
 *
 * @param redact removes secrets before the message is cut
 */
export function quoteAuth0(body: string, redact: (text: string) => string): string {
  const message = onOneLine(redact(parseAuth0Error(body)?.message ?? '')).slice(0, MAX_MESSAGE_LENGTH);
  return message === '' ? '' : ` Auth0 says: "${message.replace(/\.$/, '')}".`;
}

/**
 * What became of a request, as a sentence without its full stop.
 *
 * @param domain the tenant's domain
 * @param resource `token`, `logs` or `users`
 * @param failure the answer, or what fetch threw
 */
export function describeTenantFailure(
  domain: string,
  resource: string,
  failure: BufferedResponse | Error,
): string {
  const purpose = PURPOSE[resource] ?? resource;
  return failure instanceof Error
    ? `Auth0 could not be reached at ${domain} when ${purpose}: ${describeNetworkError(failure)}`
    : `Auth0 returned ${failure.status} when ${purpose} at ${domain}`;
}

const CODES: Readonly<Record<Refusal, ExportErrorCode>> = {
  blocked: 'auth0_blocked',
  foreign: 'auth0_unexpected',
  credentials: 'auth0_credentials',
  custom_domain: 'auth0_custom_domain',
  not_authorized: 'auth0_not_authorized',
  grant_type: 'auth0_grant_type',
  token: 'auth0_token_refused',
  scope: 'auth0_forbidden',
  full: 'auth0_refused',
  refused: 'auth0_refused',
  unexpected: 'auth0_unexpected',
};

/**
 * Puts a failed request to the tenant into words: what was asked, what came back, what to do.
 *
 * @param domain the tenant's domain
 * @param resource `token`, `logs` or `users`
 * @param failure the last answer, or what fetch threw
 * @param redact takes secrets out of what Auth0 says, before it is cut
 */
export function tenantAnswerError(
  domain: string,
  resource: string,
  failure: BufferedResponse | Error,
  redact: (text: string) => string,
): ExportError {
  const said = `${describeTenantFailure(domain, resource, failure)}.`;
  if (failure instanceof Error) {
    return new ExportError(
      isUnknownHost(failure) ? 'auth0_host_unknown' : 'auth0_unreachable',
      said,
      failure,
    );
  }
  if (failure.status < 300) return new ExportError('auth0_unexpected', `${said} The answer is not JSON.`);
  if (isTransient(failure)) {
    return failure.status === 429
      ? new ExportError('auth0_rate_limited', `${said} No request is left within the time of this run.`)
      : new ExportError('auth0_unavailable', said);
  }
  const refusal = classifyRefusal(failure, resource === 'token');
  const code = CODES[refusal];
  if (refusal === 'blocked' || refusal === 'foreign') {
    return new ExportError(code, `${said} ${describeForeignAnswer(failure, 'Auth0')}`);
  }
  const missing =
    refusal === 'scope' ? ` The application lacks the scope ${SCOPE[resource] ?? 'read:logs'}.` : '';
  return new ExportError(code, `${said}${quoteAuth0(failure.text, redact)}${missing}`);
}

/**
 * The failure in words that the tenant fetch threw, out of the error that an Auth0 client wrapped around
 * it; any other error as it is.
 */
export function unwrapError(error: unknown): unknown {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (e instanceof ExportError) return e;
  }
  return error;
}
