/** Why a run failed, and where to go on from. */
export interface Failure {
  message: string;
  /** Put into START_FROM, it replays from the log that was not delivered. */
  checkpoint: string | null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** The failure in an execution's answer, where it is that of a run that failed. */
export function failureOf(body: unknown): Failure | undefined {
  const error = isObject(body) && isObject(body.status) ? body.status.error : undefined;
  if (!isObject(error) || typeof error.message !== 'string') return undefined;
  return {
    message: error.message,
    checkpoint: typeof error.checkpoint === 'string' ? error.checkpoint : null,
  };
}
