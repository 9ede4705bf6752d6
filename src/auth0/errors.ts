import { ExportError, type ExportErrorCode } from '../errors';
import { type BufferedResponse, describeNetworkError, isUnknownHost } from '../http/request';
import { onOneLine } from '../redactor';

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

/** The `message` or `error_description` of an Auth0 error answer, where it has one. */
function reasonOf(text: string, redact: (text: string) => string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null) return '';
    const reason =
      'message' in body ? body.message : 'error_description' in body ? body.error_description : undefined;
    return typeof reason === 'string' ? ` Auth0 says: "${onOneLine(redact(reason)).slice(0, 200)}".` : '';
  } catch {
    return '';
  }
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

/** Which error an answer of Auth0 is that was not tried again, or was so in vain. */
function codeOf(resource: string, status: number): ExportErrorCode {
  if (resource === 'token' && [400, 401, 403].includes(status)) return 'auth0_credentials';
  if (status === 401) return 'auth0_token_refused';
  if (status === 403) return 'auth0_forbidden';
  return status >= 500 || status === 408 ? 'auth0_unreachable' : 'auth0_unexpected';
}

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
  const code = codeOf(resource, failure.status);
  const missing =
    code === 'auth0_forbidden' ? ` The application lacks the scope ${SCOPE[resource] ?? 'read:logs'}.` : '';
  return new ExportError(code, `${said}${reasonOf(failure.text, redact)}${missing}`);
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
