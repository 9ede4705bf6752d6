import * as v from 'valibot';

/** One execution of the job, in the platform's own terms. */
export const execution = v.object({
  id: v.number(),
  /** When it was due, ISO 8601. */
  scheduled_at: v.string(),
  started_at: v.string(),
  /** `null` while it runs. */
  completed_at: v.nullable(v.string()),
  type: v.picklist(['success', 'error']),
  /** HTTP status of the webtask's answer; `null` while it runs, and where it was cut off. */
  statusCode: v.nullable(v.number()),
  /** The webtask's answer: JSON where it is JSON. */
  body: v.unknown(),
  /** What made it run: its schedule, a due time that was missed, the host's start, a click, or a command. */
  trigger: v.picklist(['schedule', 'missed', 'start', 'manual', 'command']),
  /** What it logged, the newest lines of it. */
  lines: v.array(v.string()),
  /** Older lines that were left out. */
  linesLeftOut: v.optional(v.number(), 0),
});

export type Execution = v.InferOutput<typeof execution>;
