import type { RunRecord } from '../../src/storage/run-state';

/** A run's record: of a run that found nothing to do, but for the fields given. */
export function makeRecord(fields: Partial<RunRecord> = {}): RunRecord {
  return {
    start: '2026-03-01T11:55:00.000Z',
    end: '2026-03-01T11:55:01.500Z',
    startCheckpoint: null,
    checkpoint: null,
    logsRead: 0,
    logsProcessed: 0,
    batches: 0,
    skipped: 0,
    rejected: [],
    ...fields,
  };
}
