import { ExportError } from '../errors/export-error';

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
