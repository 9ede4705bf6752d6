import type { ReportRun } from '../report/report';
import { foldedInWords } from './folded-in-words';
import { plural } from './plural';

/**
 * What of a run deserves a word in the table: how many it stands for, its error, else what was rejected, else
 * its warning.
 *
 * @param now milliseconds since 1970
 */
export function runNote(run: ReportRun, now: number): string {
  const { error, rejected, warning } = run;
  const folded = run.runs === undefined ? '' : `${foldedInWords(run, now)}.`;
  if (error) return [folded, error.message].filter(Boolean).join(' ');
  const refused = rejected.length > 0 ? `${plural(rejected.length, 'call')} rejected.` : '';
  return [folded, refused, warning].filter(Boolean).join(' ');
}
