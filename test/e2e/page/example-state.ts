import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';

const MINUTE = 60_000;
/** So many runs are behind where the newest is. */
const BEHIND_RUNS = 4;

/** What the example holds. */
export interface ExampleOptions {
  /** Milliseconds since 1970: the newest run ended a moment before. */
  now: number;
  runs?: number;
  /** How the newest run ended. */
  last?: 'succeeded' | 'failed' | 'rejected' | 'replayed' | 'warning' | 'more-to-come' | 'quiet';
}

const { idAt } = generateLogs({ count: 1_000 });

/** With which log the replay of the example started. */
export const REPLAYED = idAt(7);

/** A stored document as some days of exporting leave it: most runs fine, some failed, some with rejected calls. */
export function exampleState({ now, runs = 60, last = 'succeeded' }: ExampleOptions): object {
  const logs = Array.from({ length: runs }, (_, place) => {
    const age = runs - 1 - place;
    // A quiet day is the newest record; the others were before it.
    const start = now - 95_000 - age * 5 * MINUTE - (last === 'quiet' && age > 0 ? 288 * 5 * MINUTE : 0);
    const kind =
      last === 'more-to-come' && age < BEHIND_RUNS
        ? last
        : age === 0
          ? last
          : age % 17 === 9
            ? 'failed'
            : age % 13 === 5
              ? 'rejected'
              : 'succeeded';
    const processed =
      kind === 'failed' ? (age % 2) * 100 : Math.round(240 + 180 * Math.sin(place / 5) + (place % 7) * 23);
    const base = {
      start: new Date(start).toISOString(),
      end: new Date(start + 900 + processed * 9).toISOString(),
      startCheckpoint: idAt(place),
      checkpoint: idAt(place + 1),
      logsRead: Math.round(processed * 1.4),
      logsProcessed: processed,
      batches: Math.ceil(processed / 100),
      skipped: place % 4,
      rejected: [] as object[],
      events: { 'Success Login': Math.round(processed * 0.8), 'Failed Login': Math.round(processed * 0.2) },
      users: Math.round(processed * 0.6),
      requests: { token: 1, logs: 4, users: 6, segment: Math.ceil(processed / 100) },
      checkpointDate: new Date(
        start - (kind === 'more-to-come' ? (47 + age * 12) * MINUTE : 4_000),
      ).toISOString(),
    };
    if (kind === 'failed') {
      return {
        ...base,
        error: {
          message:
            'Segment returned 401: the write key was not accepted. Check SEGMENT_KEY: it must be the write key of the Segment source, and the workspace must be in the region that SEGMENT_REGION names.',
          checkpoint: idAt(place + 2),
        },
      };
    }
    if (kind === 'rejected') {
      return {
        ...base,
        rejected: [
          {
            logId: idAt(place),
            call: 'track',
            reason: 'Segment returned 400: the event is larger than 32 KB.',
          },
          { logId: idAt(place + 3), call: 'identify', reason: 'Segment returned 400: malformed JSON.' },
        ],
      };
    }
    if (kind === 'replayed') return { ...base, startedFrom: REPLAYED };
    if (kind === 'warning') {
      return {
        ...base,
        warning:
          'The report could not be sent to Slack; what went to Segment is not affected. Slack says no_service: the webhook is disabled, removed or not valid. Make a new webhook in Slack (your app > Incoming Webhooks) and put its address into SLACK_INCOMING_WEBHOOK.',
      };
    }
    if (kind === 'more-to-come') {
      return {
        ...base,
        moreToCome: true,
        warning:
          'More logs are waiting: the time of this run was up. The next run resumes from its checkpoint.',
      };
    }
    if (kind === 'quiet') {
      // What a quiet day leaves of a schedule of five minutes.
      return {
        ...base,
        start: new Date(start - 287 * 5 * MINUTE).toISOString(),
        lastStart: base.start,
        runs: 288,
        logsRead: 288,
        logsProcessed: 0,
        batches: 0,
        skipped: 0,
        events: {},
        users: 0,
        requests: { logs: 288 },
      };
    }
    if (age % 11 === 7) {
      return { ...base, warning: 'BATCH_SIZE is "250", more than the maximum of 100: 100 is used.' };
    }
    return base;
  });
  const newest = logs.at(-1);
  return {
    checkpointId: newest?.checkpoint ?? null,
    checkpointDate: newest?.checkpointDate ?? null,
    ...(last === 'replayed' ? { startFrom: REPLAYED, startFromUsedAt: newest?.start } : { startFrom: null }),
    lastRun: newest?.end ?? null,
    logs,
  };
}
