import { count, eventsSent, isReplay, number, outcomeWord } from '../../../src/run-words';
import { runsIn } from '../../../src/storage/run-history';
import type { Lease, RunRecord } from '../../../src/storage/run-state';
import type { RunTrigger } from '../../runs/run-notes';
import type { RunSummary } from './view';

/** What came of a run, in a few words. */
export function outcomeOf(record: RunRecord): string {
  if (record.error) return record.error.message;
  const events = eventsSent(record);
  const rejected = record.rejected.length > 0 ? `, ${number(record.rejected.length)} rejected` : '';
  if (record.logsRead === 0) return record.warning ? `Nothing new. ${record.warning}` : 'Nothing new';
  const text = `${count(events, 'event')} sent, ${count(record.logsRead, 'log')} read${rejected}`;
  return record.warning ? `${text}. ${record.warning}` : text;
}

/** A run that has ended, as lists show it. */
export const summarizeRun = (id: string, record: RunRecord, trigger: RunTrigger | null): RunSummary => ({
  id,
  trigger,
  start: record.start,
  end: record.end,
  runs: runsIn(record),
  isReplay: isReplay(record),
  result: outcomeWord(record),
  outcome: outcomeOf(record),
  eventsSent: eventsSent(record),
  rejected: record.rejected.length,
});

/** A run under way, as lists show it. */
export const summarizeRunning = (
  { id, startedAt, progress }: { id: string; startedAt: string; progress?: Lease['progress'] | undefined },
  trigger: RunTrigger | null,
): RunSummary => ({
  id,
  trigger,
  start: startedAt,
  end: null,
  runs: 1,
  isReplay: progress !== undefined && isReplay(progress),
  result: 'Running',
  outcome: 'Under way',
  eventsSent: progress ? eventsSent(progress) : 0,
  rejected: progress?.rejected.length ?? 0,
});
