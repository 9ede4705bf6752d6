import { ExportError } from '../errors/export-error';
import { inWords } from './in-words';

/**
 * A failure together with what is wrong in the settings, where it does not name that itself: whoever mends the
 * one should know of the other.
 */
export function withProblems(error: unknown, problems: readonly string[]): unknown {
  if (problems.length === 0 || !(error instanceof ExportError) || error.code === 'settings_invalid')
    return error;
  return new ExportError(error.code, `${inWords(error)} ${problems.join(' ')}`, error);
}
