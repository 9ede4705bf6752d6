/** What went wrong, for the reader. */
export function problemInWords(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'This did not work. Try it again.';
}
