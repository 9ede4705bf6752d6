import { formatDuration } from '../../src/duration';
import { count, eventsSent, formatRequests, leftOut, number, outcomeWord } from '../../src/run-words';
import { lastStartOf } from '../../src/storage/run-history';
import type { RunRecord } from '../../src/storage/run-state';

/** Such as `1,360 Success Login, 171 Failed Login`, the largest first. */
export function byName(counts: Readonly<Record<string, number>> = {}): string {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, value]) => `${number(value)} ${name}`)
    .join(', ');
}

/** A line of a report: what it is about, and what there is to say. */
export type ReportLine = readonly [label: string, text: string];

/** Said of the first events: nothing else shows that they went to the source that is meant. */
const LOOK_INTO_DEBUGGER =
  'Segment does not confirm write keys: look into the Debugger of the source (Connections > Sources > your source > Debugger) to see that they arrive.';

/** Whether nothing was exported before this run, and something with it. */
const isFirstExport = (record: RunRecord): boolean =>
  record.startCheckpoint === null && record.error === undefined && eventsSent(record) > 0;

function tookOf({ start, end }: RunRecord): string {
  return formatDuration(Date.parse(end) - Date.parse(start));
}

/**
 * Puts a run into plain words, a line for each thing that one may want to know: what went wrong first, and nothing
 * of what there was none of.
 *
 * @param slack what Slack got, in words
 */
export function describeRun(record: RunRecord, slack: string): ReportLine[] {
  const { events, requests = {}, rejected, withoutUserIdField = 0, changed = [], warning, error } = record;
  const { users = 0, batches } = record;
  const left = leftOut(record);
  const sent = eventsSent(record);
  const lines: (ReportLine | false)[] = [
    error !== undefined && [outcomeWord(record), error.message],
    error?.checkpoint != null && ['Replay from', error.checkpoint],
    warning !== undefined && ['Warning', warning],
    rejected.length > 0 && [
      'Rejected',
      `${count(rejected.length, 'call')}: ${rejected[0]?.reason ?? ''} (log ${rejected[0]?.logId ?? ''})`,
    ],
    (record.logsRead > 0 || !error) && [
      'Logs read',
      record.logsRead > 0 ? number(record.logsRead) : 'none: nothing was new',
    ],
    sent > 0 && ['Events sent', `Segment accepted ${count(sent, 'event')}: ${byName(events)}`],
    isFirstExport(record) && ['Segment', LOOK_INTO_DEBUGGER],
    left.length > 0 && ['Left out', left.join(', ')],
    withoutUserIdField > 0 && [
      'Auth0 id',
      `${count(withoutUserIdField, 'event')} with the id of Auth0, for want of USER_ID_FIELD`,
    ],
    batches > 0 && ['Batches', number(batches)],
    users > 0 && ['Users', `${number(users)} looked up`],
    Object.keys(requests).length > 0 && ['Requests', formatRequests(requests)],
    ...changed.map(
      ({ name, from, to }): ReportLine => [
        'Changed',
        `${name}: ${to || 'default'} (before: ${from || 'default'})`,
      ],
    ),
    [
      'Checkpoint',
      record.checkpoint ?? (error ? 'none: no log was reached' : 'none: there was nothing to read'),
    ],
    ['Slack', slack],
    ['Took', tookOf(record)],
  ];
  return lines.filter((line) => line !== false);
}

/** A run in one line, or several that were folded into one record, for a log that is read from top to bottom. */
export function formatRunSummary(record: RunRecord): string {
  const folded =
    record.runs === undefined ? '' : `${count(record.runs, 'run')} until ${lastStartOf(record)}: `;
  return folded + outcomeInALine(record);
}

function outcomeInALine(record: RunRecord): string {
  const { events, rejected, skipped, warning, error, logsRead, batches } = record;
  const sent = eventsSent(record);
  const parts = [
    logsRead > 0 ? `${count(logsRead, 'log')} read` : error ? '' : 'nothing new',
    sent > 0
      ? `${count(sent, 'event')} sent (${byName(events)}) in ${count(batches, 'batch', 'batches')}`
      : '',
    skipped > 0 ? `${count(skipped, 'log')} left out without a user` : '',
    rejected.length > 0 ? `${count(rejected.length, 'call')} rejected` : '',
    record.runs === undefined && logsRead > 0 ? tookOf(record) : '',
    logsRead > 0 && record.checkpoint ? `checkpoint ${record.checkpoint}` : '',
  ];
  const text = parts.filter(Boolean).join(', ');
  const word = outcomeWord(record);
  if (error) return [`${word}: ${error.message}`, text && `Before that: ${text}.`].filter(Boolean).join(' ');
  return `${word}: ${[text, warning].filter(Boolean).join('. ')}`;
}

/**
 * What Slack got of a run.
 *
 * @param webhook where reports go, if anywhere
 * @param messages that Slack took
 */
export function describeSlackReport(
  webhook: string | undefined,
  messages: number,
  { warning }: Pick<RunRecord, 'warning'>,
): string {
  if (messages > 0) return count(messages, 'message');
  if (!webhook) return 'nothing: SLACK_INCOMING_WEBHOOK is empty';
  if (warning && /\bSlack\b/.test(warning)) return 'nothing: see the warning';
  return 'nothing: the run succeeded, and SLACK_SEND_SUCCESS is No';
}

/**
 * A point in time as a time zone's clock shows it: with day and year where it is another day than now.
 *
 * @param at milliseconds since 1970
 * @param now milliseconds since 1970
 */
export function dayAndTime(at: number, now: number, timeZone: string): string {
  const day = (ms: number) => new Date(ms).toLocaleDateString('en-GB', { timeZone, dateStyle: 'medium' });
  const time = new Date(at).toLocaleTimeString('en-GB', { timeZone });
  return day(at) === day(now) ? time : `${time} on ${day(at)}`;
}
