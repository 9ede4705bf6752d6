import * as v from 'valibot';
import { ExportError, exportErrorCodes } from '../errors';

/**
 * The failure of a run that does not know its checkpoint: going on without it would send everything again,
 * later than Segment remembers having had it.
 *
 * @param where what of the stored document is not what was stored
 */
export function damagedState(where: string): ExportError {
  return new ExportError(
    'storage_damaged',
    `The stored state is damaged (${where} is not what was stored), so the checkpoint is not known.`,
  );
}

const text = v.fallback(v.nullable(v.string()), null);
const count = v.fallback(v.pipe(v.number(), v.integer(), v.minValue(0)), 0);

/** A field that is nothing where it is not what is expected, so that one field never costs a whole record. */
const absentIfOther = <T extends v.GenericSchema>(schema: T) =>
  v.optional(v.fallback(v.optional(schema), undefined));

/** A call that Segment refused for good, or a log that could not be sent, with the log it is about. */
const rejectedCall = v.object({
  /** `log_id` of the Auth0 log. */
  logId: v.string(),
  /** What was refused: the event of the log, the profile of its user, its organization, or the log before it became a call. */
  call: v.picklist(['track', 'identify', 'group', 'log']),
  /** Why, in words. */
  reason: v.string(),
});

/** Why a run failed, and where to go on from. */
const runError = v.object({
  /** Cause and remedy, in words an administrator understands. */
  message: v.string(),
  /** Id of the first log that was not delivered: START_FROM replays from it. `null` where none is known. */
  checkpoint: text,
  /** Stable name of the failure; absent for a bug, and in records of former versions. */
  code: absentIfOther(v.picklist(exportErrorCodes)),
});

/** Auth0's own extension kept whatever was thrown: text, a list of it, or an error's fields. */
const formerError = v.pipe(
  v.unknown(),
  v.transform((error): v.InferOutput<typeof runError> | undefined => {
    const thrown = (Array.isArray(error) ? error : [error]).filter(Boolean);
    if (thrown.length === 0) return undefined;
    const parts = thrown.map((part: unknown) => {
      if (typeof part === 'string') return part;
      const message = v.safeParse(v.object({ message: v.string() }), part);
      return message.success ? message.output.message : 'an error without a message';
    });
    return { message: parts.join(' '), checkpoint: null };
  }),
);

/**
 * What is kept of one run. `start`, `end`, `logsProcessed`, `checkpoint`, `warning` and `error` are the names
 * that Auth0's own extension used, so that its history can be read on.
 */
export const runRecord = v.looseObject({
  /** ISO 8601. */
  start: v.string(),
  /** ISO 8601; for a run that was cut off, when that was noticed. */
  end: v.fallback(v.string(), ''),
  /**
   * How many runs the record stands for, where that is more than one: they differed in their figures only,
   * which are added up here. `start` is then that of the first, `end` and `checkpoint` are those of the last.
   */
  runs: absentIfOther(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** ISO 8601 start of the last of them. */
  lastStart: absentIfOther(v.string()),
  startCheckpoint: text,
  /** Id of the log that the run started with, where START_FROM said so: it may have sent again what was sent before. */
  startedFrom: absentIfOther(v.string()),
  checkpoint: text,
  /** Logs of every type that were read. */
  logsRead: count,
  /** Sign-ups, logins and failed logins that were dealt with: delivered, skipped or rejected. */
  logsProcessed: count,
  batches: count,
  /** Of the processed: logs that name no user. */
  skipped: count,
  /** Tracks with the id that Auth0 gave the user, because the profile has nothing in USER_ID_FIELD. */
  withoutUserIdField: absentIfOther(count),
  rejected: v.fallback(v.array(rejectedCall), []),
  /** Settings of what goes to Segment that were others at the run before; empty stands for the default. */
  changed: absentIfOther(v.array(v.object({ name: v.string(), from: v.string(), to: v.string() }))),
  /** Set where logs were left for the next run because the time was up. */
  moreToCome: absentIfOther(v.literal(true)),
  /** Tracks delivered, by the name of the event. */
  events: absentIfOther(v.record(v.string(), count)),
  /** Users looked up. */
  users: absentIfOther(count),
  /** Requests sent, by what they were for. */
  requests: absentIfOther(v.record(v.string(), count)),
  /** ISO 8601 date of the log at the checkpoint, to tell how far behind the export was. */
  checkpointDate: absentIfOther(v.string()),
  warning: absentIfOther(v.string()),
  error: v.optional(v.union([runError, formerError])),
});

export type RunRecord = v.InferOutput<typeof runRecord>;
export type RejectedCall = v.InferOutput<typeof rejectedCall>;

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

/** The newest run that failed at nothing and left nothing for the next one. */
const caughtUp = v.object({
  /** ISO 8601. */
  start: v.string(),
  /** ISO 8601. */
  end: v.string(),
  /**
   * Whether everything up to its start is known to have been read: it had no warning, which may be that of a run that
   * could not read to the end, and no run has ended since, which may have left the checkpoint elsewhere.
   */
  isProven: v.boolean(),
});

/** The newest report to Slack, where Slack did not take it. */
const slackFailure = v.object({
  /** ISO 8601. */
  at: v.string(),
  /** The warning of its run, in words. */
  message: v.string(),
  /** Digest of the webhook's address. */
  webhook: v.string(),
});

/**
 * What the runs of a tenant share. `checkpointId`, `startFrom` and `lastRun` are the keys of Auth0's own extension,
 * so that replacing it resumes from its checkpoint. Unknown keys are kept.
 */
const runState = v.looseObject({
  /** Logs up to and including this one are done. */
  checkpointId: optionalText,
  /** ISO 8601 date of the log at the checkpoint, where it is known. */
  checkpointDate: v.fallback(optionalText, null),
  /** Set while a state that replaced a damaged one has no checkpoint yet: the oldest log is not where to go on. */
  checkpointLost: v.optional(v.literal(true)),
  /** The value of START_FROM that was acted on. */
  startFrom: v.fallback(optionalText, null),
  /** ISO 8601 start of the run that acted on it, where that is known. */
  startFromUsedAt: v.fallback(v.optional(v.nullable(v.string())), undefined),
  /** The settings of what goes to Segment that were acted on, by name; those at their default are not among them. */
  chosen: v.fallback(v.optional(v.record(v.string(), v.string())), undefined),
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
  caughtUp: v.fallback(v.optional(v.nullable(caughtUp), null), null),
  /** Kept until Slack takes a report: most runs report nothing. */
  slackFailure: v.fallback(v.optional(v.nullable(slackFailure)), undefined),
});

export type RunState = v.InferOutput<typeof runState>;
export type Lease = v.InferOutput<typeof lease>;
export type CaughtUp = v.InferOutput<typeof caughtUp>;

/**
 * Parses a stored state: ours, that of Auth0's own extension, one of a newer version, or none.
 *
 * @param document what the storage answered
 * @throws {ExportError} `storage_damaged` when it is none of these: going on without knowing the checkpoint
 *   would send everything again, later than Segment remembers having had it
 */
export function parseRunState(document: unknown): RunState {
  const parsed = v.safeParse(runState, Array.isArray(document) ? undefined : (document ?? {}));
  if (!parsed.success) {
    const where = parsed.issues.map((issue) => v.getDotPath(issue) ?? 'the whole document').join(', ');
    throw damagedState(where);
  }
  // Auth0's own extension kept its access token here. It is not needed, and no token is to be stored.
  const { logs_access_token: _, ...state } = parsed.output;
  return state as RunState;
}
