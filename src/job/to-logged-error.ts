import { ExportError } from '../errors/export-error';

/** What is logged of an error. */
export interface LoggedError {
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
