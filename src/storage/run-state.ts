import * as v from 'valibot';
import { type RunRecord, runRecord } from './run-record';

const optionalText = v.optional(v.nullable(v.string()), null);

/** Who runs now, until when, and how far it has come. */
const lease = v.object({
  /** Random, one for each run. */
  owner: v.string(),
  /** ISO 8601. */
  startedAt: v.string(),
  /** ISO 8601: from then on the holder counts as dead. */
  expiresAt: v.string(),
  /** What the run has done so far, so that a run that is cut off leaves a record. */
  progress: runRecord,
});

/**
 * The one stored document. `checkpointId`, `startFrom`, `lastRun` and `logs` are the keys of Auth0's own
 * extension, so that replacing it goes on where it stopped. Unknown keys are kept.
 */
export const runState = v.looseObject({
  /** Logs up to and including this one are done. */
  checkpointId: optionalText,
  /** ISO 8601 date of the log at the checkpoint, where it is known. */
  checkpointDate: v.fallback(optionalText, null),
  /** Set while a state that replaced a damaged one has no checkpoint yet: the oldest log is not where to go on. */
  checkpointLost: v.optional(v.literal(true)),
  /** The value of START_FROM that was acted on. */
  startFrom: v.fallback(optionalText, null),
  /** ISO 8601 end of the last run. */
  lastRun: v.fallback(v.optional(v.nullable(v.union([v.string(), v.number()])), null), null),
  lease: v.fallback(v.optional(v.nullable(lease), null), null),
  /**
   * UTC day (`YYYY-MM-DD`) up to which daily reports have been sent. Auth0's own extension wrote `DD-MM-YYYY`,
   * which would compare as later than any day of ours: whatever is not ours counts as unknown.
   */
  lastReportDate: v.fallback(
    v.optional(v.nullable(v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}$/))), null),
    null,
  ),
  /** ISO 8601 start of the newest run that the history no longer holds, for want of room. */
  logsDroppedUntil: v.fallback(v.optional(v.string()), undefined),
  /** Oldest first. */
  logs: v.pipe(
    v.fallback(v.optional(v.array(v.unknown()), []), []),
    v.transform((records) =>
      records.flatMap((record): RunRecord[] => {
        const parsed = v.safeParse(runRecord, record);
        return parsed.success ? [parsed.output] : [];
      }),
    ),
  ),
});

export type RunState = v.InferOutput<typeof runState>;
export type Lease = v.InferOutput<typeof lease>;
