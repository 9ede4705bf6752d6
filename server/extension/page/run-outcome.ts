import type { Tone } from '../../ui/tone';
import type { ReportRun } from '../report/report';

/** How a run ended, in a word. */
export interface RunOutcome {
  tone: Tone;
  word: 'Failed' | 'Incomplete' | 'Warning' | 'Succeeded';
}

/** Tells how a run ended: what it could not do goes before what it warns of. */
export function runOutcome(run: ReportRun): RunOutcome {
  if (run.error) return { tone: 'bad', word: 'Failed' };
  if (run.rejected.length > 0) return { tone: 'warn', word: 'Incomplete' };
  if (run.warning && !run.moreToCome) return { tone: 'warn', word: 'Warning' };
  return { tone: 'good', word: 'Succeeded' };
}
