import type { JobAnswer } from '../../../src/job/run-job';

/** The exit code of a run that leaves logs for the next: sysexits' EX_TEMPFAIL. */
export const LOGS_ARE_LEFT = 75;

/** 0 done; 75 when logs are left for the next run; 1 failed, or another run is under way. */
export function exitCodeOf(answer: JobAnswer): 0 | 1 | 75 {
  if (answer.statusCode !== 200) return 1;
  return answer.body.status.moreToCome ? LOGS_ARE_LEFT : 0;
}
