import type { RunRecord } from '../../../src/storage/run-record';
import { byName } from './by-name';
import { count } from './count';
import { requestsInWords } from './requests-in-words';
import { seconds } from './seconds';
import { sum } from './sum';

/** A line of a report: what it is about, and what there is to say. */
export type ReportLine = readonly [label: string, text: string];

const withDetails = (text: string, details: string) => (details ? `${text}: ${details}` : text);

/**
 * Puts a run into plain words, a line for each thing that one may want to know.
 *
 * @param slack what Slack got, in words
 */
export function describeRun(record: RunRecord, slack: string): ReportLine[] {
  const { events, requests, rejected, skipped, warning, error } = record;
  const lines: (ReportLine | false)[] = [
    ['Took', seconds(Date.parse(record.end) - Date.parse(record.start))],
    [
      'Read',
      `${count(record.logsRead, 'log')}, ${record.logsProcessed.toLocaleString('en-US')} of them to export`,
    ],
    ['Exported', withDetails(count(sum(events), 'event'), byName(events))],
    skipped > 0 && ['Left out', `${count(skipped, 'log')} without a user`],
    rejected.length > 0 && [
      'Refused',
      `${count(rejected.length, 'call')} by Segment: ${rejected[0]?.reason ?? ''} (log ${rejected[0]?.logId ?? ''})`,
    ],
    ['Batches', record.batches.toLocaleString('en-US')],
    ['Users', `${(record.users ?? 0).toLocaleString('en-US')} looked up`],
    ['Requests', requestsInWords(requests)],
    ['Checkpoint', record.checkpoint ?? 'none: there was nothing to read'],
    ['Slack', slack],
    warning !== undefined && ['Warning', warning],
    error !== undefined && ['Failed', error.message],
    error?.checkpoint != null && ['Replay from', error.checkpoint],
  ];
  return lines.filter((line) => line !== false);
}
