/** What to do about each thing that can go wrong: one remedy for each code, the same wherever it is told. */
const remedies = {
  settings_invalid: 'Correct the settings that are named.',
  auth0_unreachable:
    'The next run tries again; if this persists, check that this machine can connect to that host.',
  auth0_unavailable: "The next run tries again; if this persists, see Auth0's status page.",
  auth0_host_unknown: 'Check AUTH0_DOMAIN, and that this machine can look up names (DNS).',
  auth0_credentials:
    'Copy AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET again from the settings of the application in Auth0.',
  auth0_custom_domain:
    "Set AUTH0_DOMAIN to the tenant's own domain, such as TENANT.REGION.auth0.com, not to a custom domain.",
  auth0_not_authorized:
    'Authorize the application for the Auth0 Management API (Applications > APIs > Auth0 Management API).',
  auth0_grant_type:
    'Allow the grant type Client Credentials for the application (Applications > the application > Advanced Settings > Grant Types).',
  auth0_blocked: 'Allow requests from this machine to that host in the proxy or firewall that answered.',
  auth0_token_refused:
    'The next run asks for a new one; if this persists, check that the application is authorized for the Auth0 Management API.',
  auth0_forbidden:
    'Grant it for the Auth0 Management API to the application (Applications > APIs > Auth0 Management API).',
  auth0_refused: "Resolve what Auth0's message names; the next run resumes from its checkpoint.",
  auth0_rate_limited: 'Nothing is lost: the next run resumes from its checkpoint.',
  auth0_unexpected:
    'The next run asks again; if this persists, check AUTH0_DOMAIN: something other than Auth0 may be answering there.',
  logs_expire: "Raise the tenant's log retention, or export more often.",
  start_from_unknown: 'Correct START_FROM, or clear it to go on from the checkpoint.',
  segment_unreachable:
    'The next run tries again from the checkpoint; if this persists, check that this machine can connect to that host.',
  segment_unavailable:
    "The next run tries again from the checkpoint; if this persists, see Segment's status page.",
  segment_rate_limited: 'The next run tries again from the checkpoint.',
  segment_host_unknown:
    'Check that this machine can look up names (DNS); the next run tries again from the checkpoint.',
  segment_refused:
    'Check SEGMENT_KEY: it must be the write key of a source of your Segment workspace (Connections > Sources > your source > Settings > API Keys).',
  segment_blocked:
    'Look into the settings of the Segment source for what it blocks; the next run tries again from the checkpoint.',
  segment_unexpected:
    "Find the proxy or firewall that answers in Segment's place; the next run tries again from the checkpoint.",
  storage_read: 'The next run tries again; if this persists, check the storage.',
  storage_write:
    'The next run sends again what was sent since, which Segment recognises; if this persists, make room or repair the storage.',
  storage_damaged:
    'Put the id of the log to go on from into START_FROM: the export then starts with that log, and with a new state.',
  tenant_removed: 'Add it again where its export is to continue.',
  lease_lost: 'Nothing is lost: the other run, or the next one, resumes from the checkpoint.',
  rejected_too_many:
    "See their reasons in the run's record, and correct what the profiles hold, before the next run resumes from its checkpoint.",
  private_address:
    'Correct the address, or set ALLOW_PRIVATE_HOSTS=true in the environment where it is meant.',
  proxy_credentials:
    'Check the user and the password in HTTPS_PROXY, with special characters percent-encoded, and restart the exporter.',
  proxy_refused: 'Permit connections from this machine to that host in the settings of the proxy.',
  tls_untrusted:
    'Set NODE_EXTRA_CA_CERTS to a PEM file with the certificate of that authority, and restart the exporter.',
  tls_wrong_name: 'Correct the host name, or the DNS entry that leads it to another server.',
  tls_expired: "Check this machine's clock: if it is right, the server's certificate must be renewed.",
  tls_failed: 'Find the proxy or firewall that answers for that host, and let HTTPS through it unchanged.',
  out_of_time: 'Nothing is lost: the next run resumes from its checkpoint.',
  cancelled:
    'Nothing is lost: the next run resumes from its checkpoint. Switch the schedule off to keep it from running.',
} as const;

/** Stable names of what can go wrong, for tests and for whoever reads the logs. */
export type ExportErrorCode = keyof typeof remedies;

/** All of them. */
export const exportErrorCodes = Object.keys(remedies) as ExportErrorCode[];

const TRANSIENT_CODES: ReadonlySet<string> = new Set<ExportErrorCode>([
  'out_of_time',
  'auth0_unreachable',
  'auth0_unavailable',
  'auth0_host_unknown',
  'auth0_rate_limited',
  'segment_unreachable',
  'segment_unavailable',
  'segment_host_unknown',
  'segment_rate_limited',
]);

/** Returns true for a failure that time alone may end: a run waits and retries before it ends with one of these. */
export const isTransientCode = (code: string): boolean => TRANSIENT_CODES.has(code);

/** The one thing to do about an error, in a sentence or two. */
export const remedyOf = (code: ExportErrorCode): string => remedies[code];

/**
 * A failure that names its cause, the value and the remedy in its message, in words an administrator
 * understands. Whatever else is thrown inside a run is a bug and is reported as one.
 */
export class ExportError extends Error {
  override readonly name = 'ExportError';

  /**
   * @param code stable name of the failure; its remedy is added to the message
   * @param reason what went wrong, in sentences; must not hold a secret
   * @param cause what was thrown underneath, for the log
   */
  constructor(
    readonly code: ExportErrorCode,
    readonly reason: string,
    cause?: unknown,
  ) {
    super(`${reason} ${remedyOf(code)}`, cause === undefined ? undefined : { cause });
  }
}

/** Puts whatever a run failed with into words. What is no ExportError is a bug, and is called one. */
export function describeError(error: unknown): string {
  if (error instanceof ExportError) return error.message;
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `Unexpected error: ${what}. Nothing is lost: the next run resumes from its checkpoint. Please report it with the lines that this run logged.`;
}

/** Returns true if a run ended because its time or the tenant's rate limit left no request: no failure. */
export const isOutOfTime = (error: unknown): error is ExportError =>
  error instanceof ExportError && (error.code === 'auth0_rate_limited' || error.code === 'out_of_time');

/** What is logged of an error. */
interface LoggedError {
  name: string;
  code?: string;
  stack?: string;
  cause?: string;
}

/**
 * An error for the log: its name, its code, and the stack of what is a bug, without the fields that libraries add.
 */
export function toLoggedError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { name: typeof error };
  return {
    name: error.name,
    ...(error instanceof ExportError ? { code: error.code } : {}),
    ...(error.stack && !(error instanceof ExportError) ? { stack: error.stack } : {}),
    ...(error.cause instanceof Error ? { cause: `${error.cause.name}: ${error.cause.message}` } : {}),
  };
}

/** Whether a run ended because somebody has cancelled it. */
export const isCancelled = (error: unknown): boolean =>
  error instanceof ExportError && error.code === 'cancelled';
