import type { JobAnswer } from '../../../src/job/run-job';

/** 0 done; 75 (sysexits' EX_TEMPFAIL) when logs are left for the next run; 1 failed, or another run is under way. */
export function exitCodeOf(answer: JobAnswer): 0 | 1 | 75 {
  if (answer.statusCode !== 200) return 1;
  return answer.body.status.moreToCome ? 75 : 0;
}
