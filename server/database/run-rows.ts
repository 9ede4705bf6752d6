import * as v from 'valibot';
import { ExportError } from '../../src/errors';
import { eventsSent, hasFailed } from '../../src/run-words';
import { addSums, lastStartOf, runsIn, sumRuns } from '../../src/storage/run-history';
import {
  damagedState,
  parseRunState,
  type RunRecord,
  type RunState,
  runRecord,
} from '../../src/storage/run-state';
import type { RunSums } from '../../src/storage/run-store';
import { DatabaseError } from './errors';

/** The text of a record. */
export const recordText = v.pipe(v.string(), v.parseJson(), runRecord);

/** A record with the id of its newest run. */
export const runRow = v.object({ runId: v.string(), record: recordText });
/** How many rows there are. */
export const countRow = v.object({ count: v.number() });
/** Until when the history no longer holds all, in milliseconds since 1970. */
export const droppedRow = v.object({ droppedUntil: v.nullable(v.number()) });
/** Whether a record does not say which events were sent, as SQL. */
export const isUncounted = 'events = 0 AND logs_processed > skipped + rejected';
/** Columns of records, added up. */
export const sumsRow = v.object({
  runs: v.number(),
  failed: v.number(),
  logsProcessed: v.number(),
  batches: v.number(),
  skipped: v.number(),
  rejected: v.number(),
  uncountedRuns: v.number(),
  uncountedLogs: v.number(),
});
/** Tracks of one event. */
export const eventRow = v.object({ name: v.string(), count: v.number() });

const trigger = v.picklist(['schedule', 'missed', 'start', 'manual', 'command', 'stream']);

/** A note on a run. */
export const noteRow = v.object({
  id: v.string(),
  trigger,
  dueAt: v.string(),
  startedAt: v.string(),
  lines: v.pipe(v.string(), v.parseJson(), v.array(v.string())),
  linesLeftOut: v.number(),
});
/** What made a run begin. */
export const triggerRow = v.object({ id: v.string(), trigger });

/** Milliseconds since 1970; `null` where it is no moment. */
function toMs(iso: string): number | null {
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? null : ms;
}

/** The columns by which a record is found and added up. */
export const toRunColumns = (runId: string, record: RunRecord) => ({
  runId,
  firstStart: toMs(record.start),
  lastStart: toMs(lastStartOf(record)),
  runs: runsIn(record),
  failed: hasFailed(record) ? 1 : 0,
  rejected: record.rejected.length,
  logsProcessed: record.logsProcessed,
  batches: record.batches,
  skipped: record.skipped,
  events: eventsSent(record),
});

/**
 * The state as its column says it.
 *
 * @throws {ExportError} `storage_damaged`
 */
export function parseState(text: string): RunState {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw damagedState('the whole document');
  }
  return parseRunState(document);
}

/**
 * The state as its column says it.
 *
 * @param onDamaged where it is given, a damaged state counts as none, and it is called
 * @throws {ExportError} `storage_damaged`
 */
export function readState(text: string, onDamaged: (() => void) | undefined): RunState {
  try {
    return parseState(text);
  } catch (error) {
    if (!onDamaged) throw error;
    onDamaged();
    return { ...parseRunState(undefined), checkpointLost: true };
  }
}

/** What a run is told whose tenant is gone. */
export const tenantRemoved = (): ExportError =>
  new ExportError('tenant_removed', 'The tenant has been removed, so its state is no longer kept under it.');

const CONSEQUENCES = {
  storage_read:
    'The stored state could not be read, so the checkpoint is not known and nothing was exported.',
  storage_write: 'The state could not be stored, so the checkpoint could not be moved.',
};

/**
 * What a run is told of a database that cannot be used; where it is does not concern whom the run tells.
 *
 * @returns any other error as it is
 */
export const toRunError = (code: keyof typeof CONSEQUENCES, error: unknown): unknown =>
  error instanceof DatabaseError
    ? new ExportError(code, `${CONSEQUENCES[code]} ${error.reason}`, error)
    : error;

type Rows<T extends v.GenericSchema> = readonly v.InferOutput<T>[];

/** What a database knows of the runs of a span of time. */
interface SpanRows {
  /** The sums of the records whose runs all started in the span. */
  within: Rows<typeof sumsRow>;
  /** Their events. */
  events: Rows<typeof eventRow>;
  /** Records of which only some runs started in it, oldest first. */
  partly: Rows<typeof runRow>;
  /** The newest record of a failure, if there is one. */
  lastFailed: Rows<typeof runRow>;
  dropped: Rows<typeof droppedRow>;
}

/** Adds up what is known of a span of time. */
export function sumSpan(
  { within, events, partly, lastFailed: [lastFailed], dropped: [dropped] }: SpanRows,
  span: { from: number; until: number },
): RunSums {
  const sums: RunSums = {
    ...(within[0] ?? sumRuns([], span)),
    events: Object.fromEntries(events.map(({ name, count }) => [name, count])),
    lastFailure: undefined,
    isWhole: (dropped?.droppedUntil ?? Number.NEGATIVE_INFINITY) < span.from,
  };
  const records = partly.map(({ record }) => record);
  const error = lastFailed?.record.error;
  return {
    ...addSums(sums, sumRuns(records, span)),
    lastFailure: lastFailed && error && { start: lastStartOf(lastFailed.record), ...error },
  };
}
