import { lastStartOf } from '../../../src/storage/run-history';
import type { RunRecord } from '../../../src/storage/run-record';
import { byName } from './by-name';
import { count } from './count';
import { seconds } from './seconds';
import { sum } from './sum';

/** A run in one line, or several that were folded into one record, for a log that is read from top to bottom. */
export function runInALine(record: RunRecord): string {
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
