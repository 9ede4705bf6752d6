import { ExportError, type ExportErrorCode } from '../errors';
import { type BufferedResponse, describeNetworkError } from '../http/request';
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
  const purpose = PURPOSE[resource] ?? resource;
  if (failure instanceof Error) {
    return new ExportError(
      'auth0_unreachable',
      `Auth0 could not be reached at ${domain} when ${purpose}: ${describeNetworkError(failure)}. Check AUTH0_DOMAIN and Auth0's status page; the next run tries again.`,
      failure,
    );
  }
  const { status, text } = failure;
  const said = `Auth0 returned ${status} when ${purpose} at ${domain}.${reasonOf(text, redact)}`;
  const make = (code: ExportErrorCode, remedy: string) => new ExportError(code, `${said} ${remedy}`);
  if (resource === 'token' && [400, 401, 403].includes(status)) {
    return make(
      'auth0_credentials',
      'Check AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET: they must be those of a machine-to-machine application that is authorized for the Auth0 Management API.',
    );
  }
  if (status === 401) {
    return make('auth0_credentials', 'The access token was not accepted; the next run asks for a new one.');
  }
  if (status === 403) {
    const scope = SCOPE[resource] ?? 'read:logs';
    return make(
      'auth0_forbidden',
      `Grant the scope ${scope} for the Auth0 Management API to the extension's application (Applications > APIs > Auth0 Management API).`,
    );
  }
  if (status === 404 && resource === 'token') {
    return make('auth0_credentials', 'Check AUTH0_DOMAIN: no tenant seems to be there.');
  }
  if (status >= 500 || status === 408) {
    return make('auth0_unreachable', 'This is usually temporary; the next run tries again.');
  }
  return make('auth0_unexpected', 'The next run tries again; if this persists, check AUTH0_DOMAIN.');
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
