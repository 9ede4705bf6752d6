import { ExportError } from '../errors/export-error';

/** Puts whatever a run failed with into words. What is no ExportError is a bug, and is called one. */
export function inWords(error: unknown): string {
  if (error instanceof ExportError) return error.message;
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `Something happened that should not be able to: ${what}. Nothing is lost: the next run goes on from the checkpoint. Please report it with the lines that this run logged.`;
}
