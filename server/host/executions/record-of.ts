import * as v from 'valibot';
import { type RunRecord, runRecord } from '../../../src/storage/run-record';

const answer = v.object({ status: runRecord });

/** The run's record in the webtask's answer, where it is one of a run. */
export function recordOf(body: unknown): RunRecord | undefined {
  const parsed = v.safeParse(answer, body);
  return parsed.success ? parsed.output.status : undefined;
}
