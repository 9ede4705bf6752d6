import type { RunRecord } from '../../../src/storage/run-record';
import type { ReportRun } from './report';

/** Takes out of a record what the report shows; Auth0's own extension may have left other things in it. */
export function toReportRun(record: RunRecord): ReportRun {
  const { start, end, startCheckpoint, checkpoint, logsRead, logsProcessed, batches, skipped } = record;
  const { runs, lastStart, rejected, moreToCome, events, users, requests, checkpointDate, warning, error } =
    record;
  return {
    start,
    end,
    startCheckpoint,
    checkpoint,
    logsRead,
    logsProcessed,
    batches,
    skipped,
    rejected,
    ...(runs !== undefined && { runs }),
    ...(lastStart && { lastStart }),
    ...(moreToCome && { moreToCome }),
    ...(events && { events }),
    ...(users !== undefined && { users }),
    ...(requests && { requests }),
    ...(checkpointDate && { checkpointDate }),
    ...(warning && { warning }),
    ...(error && { error }),
  };
}
