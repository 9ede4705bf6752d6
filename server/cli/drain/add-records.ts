import type { RunRecord } from '../../../src/storage/run-record';

/** What several runs have done together. */
export interface Totals {
  runs: number;
  start: string;
  end: string;
  startCheckpoint: string | null;
  checkpoint: string | null;
  checkpointDate?: string | undefined;
  logsRead: number;
  logsProcessed: number;
  batches: number;
  skipped: number;
  users: number;
  rejected: RunRecord['rejected'];
  events: Record<string, number>;
  requests: Record<string, number>;
  warning?: string;
  error?: RunRecord['error'];
}

function addCounts(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const sum = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

/** Adds what a run has done to what the runs before it have. */
export function addRecords(before: Totals | undefined, record: RunRecord): Totals {
  const warning = record.moreToCome ? before?.warning : (record.warning ?? before?.warning);
  return {
    runs: (before?.runs ?? 0) + 1,
    start: before?.start ?? record.start,
    end: record.end,
    startCheckpoint: before ? before.startCheckpoint : record.startCheckpoint,
    checkpoint: record.checkpoint,
    checkpointDate: record.checkpointDate ?? before?.checkpointDate,
    logsRead: (before?.logsRead ?? 0) + record.logsRead,
    logsProcessed: (before?.logsProcessed ?? 0) + record.logsProcessed,
    batches: (before?.batches ?? 0) + record.batches,
    skipped: (before?.skipped ?? 0) + record.skipped,
    users: (before?.users ?? 0) + (record.users ?? 0),
    rejected: [...(before?.rejected ?? []), ...record.rejected],
    events: addCounts(before?.events ?? {}, record.events),
    requests: addCounts(before?.requests ?? {}, record.requests),
    ...(warning ? { warning } : {}),
    ...(record.error ? { error: record.error } : {}),
  };
}
