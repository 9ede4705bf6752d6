import { eventsSent, type OutcomeWord, outcomeWord } from '../../src/run-words';
import type { RunRecord } from '../../src/storage/run-state';
import type { Tone } from './format';
import { formatAboutDuration, formatNumber, formatTime, formatTimeRange } from './format';
import { readerLocale } from './locale';

/** How far behind real time the export is, and where that leads. */
interface LagFigures {
  /** ISO 8601 time up to which everything has been exported. */
  exportedUntil: string | null;
  trend: 'caught-up' | 'catching-up' | 'falling-behind' | 'stalled' | 'unknown';
  /** Milliseconds until real time is reached. */
  caughtUpIn: number | null;
}

/** A number with its noun: `1 log`, `3,214 logs`. */
export function plural(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** What is said of runs that were folded into one record. */
interface FoldedRuns {
  start: string;
  lastStart?: string | undefined;
  runs?: number | undefined;
  /** Sent by all of them together, by name. */
  events?: Readonly<Record<string, number>> | undefined;
}

/**
 * Runs that were folded into one record, in words: how many, what they sent, when they started.
 *
 * @param now milliseconds since 1970
 */
export function describeFoldedRuns(folded: FoldedRuns, now: number): string {
  const { start, lastStart = start, runs = 1 } = folded;
  const sent = eventsSent(folded);
  const what = sent === 0 ? 'nothing to send' : `${plural(sent, 'event')} sent`;
  return `${plural(runs, 'run')}, ${what}, ${formatTimeRange(Date.parse(start), Date.parse(lastStart), now)}`;
}

/** How far a run under way has come. */
export function describeProgress(running: { logsRead: number; eventsSent: number }): string {
  return `${plural(running.logsRead, 'log')} read, ${plural(running.eventsSent, 'event')} sent so far`;
}

/** Milliseconds that a run took; not a number where its end is not known, and for several runs together. */
export function runDuration({
  start,
  end,
  runs,
}: {
  start: string;
  end: string;
  runs?: number | undefined;
}): number {
  return runs !== undefined ? Number.NaN : Date.parse(end) - Date.parse(start);
}

/** How a run ended, in a word. */
interface RunOutcome {
  tone: Tone;
  word: OutcomeWord;
}

/** The colour of each. */
export const OUTCOME_TONES: Readonly<Record<OutcomeWord, Tone>> = {
  Failed: 'bad',
  Cancelled: 'warn',
  Incomplete: 'warn',
  Warning: 'warn',
  Succeeded: 'good',
};

/** Tells how a run ended: what it could not do goes before what it warns of. */
export function runOutcome(
  run: Pick<RunRecord, 'error' | 'rejected' | 'warning' | 'moreToCome'>,
): RunOutcome {
  const word = outcomeWord(run);
  return { tone: OUTCOME_TONES[word], word };
}

/**
 * What of a run deserves a word in the table: how many it stands for, its error, else what was rejected, else
 * its warning.
 *
 * @param now milliseconds since 1970
 */
export function runNote(
  run: FoldedRuns & Pick<RunRecord, 'error' | 'rejected' | 'warning'>,
  now: number,
): string {
  const { error, rejected, warning } = run;
  const folded = run.runs === undefined ? '' : `${describeFoldedRuns(run, now)}.`;
  if (error) return [folded, error.message].filter(Boolean).join(' ');
  const refused = rejected.length > 0 ? `${plural(rejected.length, 'call')} rejected.` : '';
  return [folded, refused, warning].filter(Boolean).join(' ');
}

/**
 * Says how far behind the export is and where that leads.
 *
 * @param now milliseconds since 1970
 */
export function describeLag({ exportedUntil, trend, caughtUpIn }: LagFigures, now: number): string {
  const until = exportedUntil === null ? undefined : formatTime(Date.parse(exportedUntil), now);
  const done = until ? `Exported up to ${until}` : 'Logs are on their way to Segment';
  switch (trend) {
    case 'caught-up':
      return `${done}. The export is caught up.`;
    case 'catching-up':
      return caughtUpIn === null
        ? `${done}. More logs are waiting; the next run continues with them.`
        : `${done}. More logs are waiting; at this pace the export has caught up in ${formatAboutDuration(caughtUpIn)}.`;
    case 'falling-behind':
      return `${done}. Logs come in faster than they are exported: let the cron job run more often.`;
    case 'stalled':
      return `${done}. Nothing is lost: when the cause is gone, the next run resumes from its checkpoint.`;
    default:
      return '';
  }
}

/** The state of the last run in one sentence. When it was is left to whoever shows it. */
export function describeLastRun(
  { running, overdue }: { running: { alive: boolean } | null; overdue: boolean },
  run: Pick<RunRecord, 'error' | 'rejected' | 'logsRead' | 'events'>,
): string {
  if (running && !running.alive) return 'The last run was cut off before its end.';
  if (run.error?.code === 'cancelled') return 'The last run was cancelled.';
  if (run.error) return 'The last run failed.';
  if (overdue) return 'No run has started for some time.';
  if (run.rejected.length > 0) {
    return `The last run succeeded, but for ${plural(run.rejected.length, 'call')} that could not be delivered.`;
  }
  const sent = eventsSent(run);
  if (run.logsRead === 0) return 'The last run succeeded; there was nothing new.';
  if (sent === 0) return 'The last run succeeded; there was nothing to send.';
  return `The last run succeeded: Segment accepted ${plural(sent, 'event')}.`;
}

/** Runs after which whoever has installed the extension has seen its first events in Segment, or never will. */
const FIRST_RUNS = 100;

/**
 * Whether the reader is to see in Segment itself that events arrive: Segment accepts any write key, also a wrong one, so
 * that "accepted" proves little until somebody has looked once.
 *
 * @param runs the newest, as the chart has them
 */
export function asksToLookIntoSegment(
  runs: readonly { runs: number; events: Readonly<Record<string, number>> }[],
): boolean {
  return (
    runs.some((run) => eventsSent(run) > 0) && runs.reduce((sum, { runs }) => sum + runs, 0) < FIRST_RUNS
  );
}

/** How the distance to real time develops, beside its figure. */
export const TRENDS: Readonly<Record<LagFigures['trend'], string>> = {
  'caught-up': 'caught up',
  'catching-up': 'catching up',
  'falling-behind': 'falling behind',
  stalled: 'standing still',
  unknown: '',
};

/** How bad it is that runs failed: one among many is to be looked at, half of them is broken. */
export function failureTone(failed: number, runs: number): Tone {
  if (failed === 0) return 'plain';
  return failed * 2 >= runs ? 'bad' : 'warn';
}

/** What START_FROM says, and whether a run has acted on it, which happens once. */
interface StartFrom {
  isUsed: boolean;
  /** ISO 8601 start of that run; `null` where that is not known. */
  usedAt: string | null;
}

/** When something was, with its day: `25 Nov, 10:05`. */
const dayAndTime = (iso: string): string =>
  new Date(iso).toLocaleString(readerLocale(), {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });

/** Whether START_FROM has been acted on, and when; empty where it is empty. */
export function describeStartFrom(startFrom: StartFrom | null): string {
  if (!startFrom) return '';
  if (!startFrom.isUsed) return 'Not used yet: the next run starts with this log.';
  const when = startFrom.usedAt === null ? 'Used already' : `Used on ${dayAndTime(startFrom.usedAt)}`;
  return `${when}. It acts once: runs since then resume from the checkpoint.`;
}
