/** How long a run of the host's own may take where nothing else is said, in seconds. */
const DEFAULT_SECONDS = 240;

/**
 * Milliseconds that a run may take.
 *
 * @param seconds MAX_RUN_SECONDS, checked before
 */
export function toRunBudget(seconds: string | undefined): number {
  return (Number(seconds) || DEFAULT_SECONDS) * 1000;
}
