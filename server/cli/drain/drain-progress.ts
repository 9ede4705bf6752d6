import type { Totals } from './add-records';

/** How far a drain has come. */
export interface DrainProgress {
  /** 0 to 1, measured in the tenant's time: Auth0 does not tell how many logs there are. */
  share: number;
  logs: number;
  events: number;
  /** Logs a second. */
  rate: number;
  /** Milliseconds that the export is behind the end of the logs; `undefined` where that is not known. */
  behindMs: number | undefined;
  /** Milliseconds that are left at this pace; `undefined` where that cannot be told. */
  leftMs: number | undefined;
}

/**
 * Tells how far a drain has come.
 *
 * @param from milliseconds since 1970: date of the log that it began with
 * @param to milliseconds since 1970: date of the newest log when it began
 * @param elapsedMs since it began
 */
export function drainProgress(
  { logsRead, events, checkpointDate }: Totals,
  { from, to, elapsedMs }: { from: number | undefined; to: number; elapsedMs: number },
): DrainProgress {
  const reached = Date.parse(checkpointDate ?? '');
  const isKnown = from !== undefined && !Number.isNaN(reached);
  const share = isKnown ? Math.min(1, Math.max(0, (reached - from) / Math.max(1, to - from))) : 0;
  return {
    share,
    logs: logsRead,
    events: Object.values(events).reduce((sum, one) => sum + one, 0),
    rate: elapsedMs > 0 ? (logsRead * 1000) / elapsedMs : 0,
    behindMs: Number.isNaN(reached) ? undefined : Math.max(0, to - reached),
    leftMs: share > 0 ? (elapsedMs * (1 - share)) / share : undefined,
  };
}
