/** Stable names of what can go wrong, for tests and for whoever reads the logs. */
export type ExportErrorCode =
  | 'settings_invalid'
  | 'auth0_unreachable'
  | 'auth0_credentials'
  | 'auth0_forbidden'
  | 'auth0_rate_limited'
  | 'auth0_unexpected'
  | 'start_from_unknown'
  | 'segment_unreachable'
  | 'segment_refused'
  | 'segment_unexpected'
  | 'storage_read'
  | 'storage_write'
  | 'storage_damaged'
  | 'lease_lost'
  | 'rejected_too_many'
  | 'private_address'
  | 'out_of_time';

/**
 * A failure that names its cause, the value and the remedy in its message, in words an administrator
 * understands. Whatever else is thrown inside a run is a bug and is reported as one.
 */
export class ExportError extends Error {
  override readonly name = 'ExportError';

  /**
   * @param code stable name of the failure
   * @param message cause and remedy; must not hold a secret
   * @param cause what was thrown underneath, for the log
   */
  constructor(
    readonly code: ExportErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** Puts whatever a run failed with into words. What is no ExportError is a bug, and is called one. */
export function describeError(error: unknown): string {
  if (error instanceof ExportError) return error.message;
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `Unexpected error: ${what}. Nothing is lost: the next run resumes from its checkpoint. Please report it with the lines that this run logged.`;
}

/** What is logged of an error. */
interface LoggedError {
  name: string;
  code?: string;
  stack?: string;
  cause?: string;
}

/** An error for the log: its name, its code and its stack, without the fields that libraries add. */
export function toLoggedError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { name: typeof error };
  return {
    name: error.name,
    ...(error instanceof ExportError ? { code: error.code } : {}),
    ...(error.stack ? { stack: error.stack } : {}),
    ...(error.cause instanceof Error ? { cause: `${error.cause.name}: ${error.cause.message}` } : {}),
  };
}
