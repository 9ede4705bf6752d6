import { lastStartOf } from '../../src/storage/run-history';
import type { RunRecord } from '../../src/storage/run-state';

/** Such as `1,360 Success Login, 171 Failed Login`, the largest first. */
export function byName(counts: Readonly<Record<string, number>> = {}): string {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, number]) => `${number.toLocaleString('en-US')} ${name}`)
    .join(', ');
}

/** Such as `1 log`, `3,000 logs`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

/** Of all counts. */
function sum(counts: Readonly<Record<string, number>> = {}): number {
  return Object.values(counts).reduce((total, one) => total + one, 0);
}

const PURPOSES: Readonly<Record<string, string>> = {
  token: 'for a token',
  logs: 'for logs',
  users: 'for users',
  segment: 'to Segment',
};

/** Such as `81: 32 for logs, 30 for users, 18 to Segment, 1 for a token`. */
function formatRequests(requests: Readonly<Record<string, number>> = {}): string {
  const parts = Object.entries(requests)
    .sort(([, a], [, b]) => b - a)
    .map(([purpose, number]) => `${number.toLocaleString('en-US')} ${PURPOSES[purpose] ?? purpose}`);
  const total = sum(requests).toLocaleString('en-US');
  return parts.length > 0 ? `${total}: ${parts.join(', ')}` : total;
}

/** Such as `0.8 s`, `12 s`, `3 min 5 s`. */
function seconds(ms: number): string {
  const whole = Math.round(ms / 1000);
  if (whole < 10) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A line of a report: what it is about, and what there is to say. */
export type ReportLine = readonly [label: string, text: string];

const withDetails = (text: string, details: string) => (details ? `${text}: ${details}` : text);

/**
 * Puts a run into plain words, a line for each thing that one may want to know.
 *
 * @param slack what Slack got, in words
 */
export function describeRun(record: RunRecord, slack: string): ReportLine[] {
  const {
    events,
    requests,
    rejected,
    skipped,
    withoutUserIdField = 0,
    changed = [],
    warning,
    error,
  } = record;
  const lines: (ReportLine | false)[] = [
    ['Took', seconds(Date.parse(record.end) - Date.parse(record.start))],
    [
      'Read',
      `${count(record.logsRead, 'log')}, ${record.logsProcessed.toLocaleString('en-US')} of them to export`,
    ],
    ['Exported', withDetails(count(sum(events), 'event'), byName(events))],
    skipped > 0 && ['Left out', `${count(skipped, 'log')} without a user`],
    withoutUserIdField > 0 && [
      'Auth0 id',
      `${count(withoutUserIdField, 'event')} with the id of Auth0, for want of USER_ID_FIELD`,
    ],
    rejected.length > 0 && [
      'Refused',
      `${count(rejected.length, 'call')} by Segment: ${rejected[0]?.reason ?? ''} (log ${rejected[0]?.logId ?? ''})`,
    ],
    ['Batches', record.batches.toLocaleString('en-US')],
    ['Users', `${(record.users ?? 0).toLocaleString('en-US')} looked up`],
    ['Requests', formatRequests(requests)],
    ...changed.map(
      ({ name, from, to }): ReportLine => [
        'Changed',
        `${name}: ${to || 'default'} (before: ${from || 'default'})`,
      ],
    ),
    ['Checkpoint', record.checkpoint ?? 'none: there was nothing to read'],
    ['Slack', slack],
    warning !== undefined && ['Warning', warning],
    error !== undefined && ['Failed', error.message],
    error?.checkpoint != null && ['Replay from', error.checkpoint],
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
  const { events, rejected, skipped, warning, error } = record;
  if (record.logsRead === 0 && !error) return ['nothing new', warning].filter(Boolean).join('. ');
  const sent = sum(events);
  const parts = [
    `read ${count(record.logsRead, 'log')}`,
    `exported ${count(sent, 'event')}${sent > 0 ? ` (${byName(events)}) in ${count(record.batches, 'batch', 'batches')}` : ''}`,
    skipped > 0 ? `left out ${count(skipped, 'log')} without a user` : '',
    rejected.length > 0 ? `${count(rejected.length, 'call')} refused` : '',
    record.runs === undefined ? seconds(Date.parse(record.end) - Date.parse(record.start)) : '',
    record.checkpoint ? `checkpoint ${record.checkpoint}` : '',
  ];
  const text = parts.filter(Boolean).join(', ');
  if (error) return `failed after ${text}. ${error.message}`;
  return warning ? `${text}. ${warning}` : text;
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
