import type { ReportRun } from '../report/report';
import { plural } from './plural';

/** What of a run deserves a word in the table: its error, else what was rejected, else its warning. */
export function runNote({ error, rejected, warning }: ReportRun): string {
  if (error) return error.message;
  const refused = rejected.length > 0 ? `${plural(rejected.length, 'call')} rejected.` : '';
  return [refused, warning].filter(Boolean).join(' ');
}
