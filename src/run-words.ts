/** How a run ended, in the word that the pages, the terminal and Slack all use. */
export type OutcomeWord = 'Failed' | 'Cancelled' | 'Incomplete' | 'Warning' | 'Succeeded';

/** Tells how a run ended: what it could not do goes before what it warns of. */
export function outcomeWord(run: {
  error?: { code?: string | undefined } | undefined;
  rejected: readonly unknown[];
  warning?: string | undefined;
  moreToCome?: true | undefined;
}): OutcomeWord {
  if (run.error) return hasFailed(run) ? 'Failed' : 'Cancelled';
  if (run.rejected.length > 0) return 'Incomplete';
  return run.warning && !run.moreToCome ? 'Warning' : 'Succeeded';
}

/** Whether a run failed. One that an administrator cancelled did not: nothing is broken, and the next continues. */
export const hasFailed = (run: { error?: { code?: string | undefined } | undefined }): boolean =>
  run.error !== undefined && run.error.code !== 'cancelled';

/** What is counted by name, of all names together. */
export const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, one) => sum + one, 0);

/** Events that Segment accepted, of all names. */
export const eventsSent = ({
  events = {},
}: {
  events?: Readonly<Record<string, number>> | undefined;
}): number => total(events);

/**
 * Returns true if a run sent logs again that runs before it had exported. Auth0's ids of logs sort as text.
 */
export const isReplay = ({
  startedFrom,
  startCheckpoint,
}: {
  startedFrom?: string | undefined;
  startCheckpoint: string | null;
}): boolean => startedFrom !== undefined && startCheckpoint !== null && startedFrom <= startCheckpoint;

/** A number with thousands set apart. */
export const number = (value: number): string => value.toLocaleString('en-US');

/** A number and what it counts, such as `1 log`, `3,000 logs`. */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/**
 * Which logs that were read became no event, and why; a part for each reason that there is. Of a run that ended before
 * it had dealt with all that it had read, it is not known how many of the others are exported.
 */
export function leftOut({
  logsRead,
  logsProcessed,
  skipped,
  error,
  moreToCome,
}: Readonly<Record<'logsRead' | 'logsProcessed' | 'skipped', number>> & {
  error?: unknown;
  moreToCome?: boolean | undefined;
}): string[] {
  const unselected = error || moreToCome ? 0 : logsRead - logsProcessed;
  return [
    ...(skipped > 0 ? [`${number(skipped)} without a user`] : []),
    ...(unselected > 0 ? [`${number(unselected)} of other types, applications or connections`] : []),
  ];
}

const PURPOSES: Readonly<Record<string, string>> = {
  token: 'for a token',
  logs: 'for logs',
  users: 'for users',
  segment: 'to Segment',
};

/** Such as `81: 32 for logs, 30 for users, 18 to Segment, 1 for a token`. */
export function formatRequests(requests: Readonly<Record<string, number>>): string {
  const parts = Object.entries(requests)
    .filter(([, value]) => value > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([purpose, value]) => `${number(value)} ${PURPOSES[purpose] ?? purpose}`);
  return [number(total(requests)), parts.join(', ')].filter(Boolean).join(': ');
}
