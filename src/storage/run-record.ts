import * as v from 'valibot';

const text = v.fallback(v.nullable(v.string()), null);
const count = v.fallback(v.pipe(v.number(), v.integer(), v.minValue(0)), 0);

/** A call that Segment refused for good, or a log that could not be sent, with the log it is about. */
const rejectedCall = v.object({
  /** `log_id` of the Auth0 log. */
  logId: v.string(),
  /** What was refused: the event of the log, the profile of its user, or the log before it became a call. */
  call: v.picklist(['track', 'identify', 'log']),
  /** Why, in words. */
  reason: v.string(),
});

/** Why a run failed, and where to go on from. */
const runError = v.object({
  /** Cause and remedy, in words an administrator understands. */
  message: v.string(),
  /** Id of the first log that was not delivered: START_FROM replays from it. `null` where none is known. */
  checkpoint: text,
});

/** Auth0's own extension kept whatever was thrown: text, a list of it, or an error's fields. */
const formerError = v.pipe(
  v.unknown(),
  v.transform((error) => {
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

/** A field that is nothing where it is not what is expected, so that one field never costs a whole record. */
const absentIfOther = <T extends v.GenericSchema>(schema: T) =>
  v.optional(v.fallback(v.optional(schema), undefined));

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
  checkpoint: text,
  /** Logs of every type that were read. */
  logsRead: count,
  /** Sign-ups, logins and failed logins that were dealt with: delivered, skipped or rejected. */
  logsProcessed: count,
  batches: count,
  /** Of the processed: logs that name no user. */
  skipped: count,
  rejected: v.fallback(v.array(rejectedCall), []),
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
