import type { JobAnswer } from '../../../src/job/run-job';
import type { Host } from '../../host/host';

/**
 * One run that a command has started, recorded among the executions of the job.
 *
 * @param run with a place for the lines that it logs
 */
export async function recordedRun(
  { history, now }: Pick<Host, 'history' | 'now'>,
  run: (onLine: (line: string) => void) => Promise<JobAnswer>,
): Promise<JobAnswer> {
  const iso = () => new Date(now()).toISOString();
  const started = iso();
  const { id } = await history.begin({ scheduled_at: started, started_at: started, trigger: 'command' });
  const answer = await run((line) => history.log(id, line));
  await history.end(id, {
    completed_at: iso(),
    type: answer.statusCode === 200 ? 'success' : 'error',
    statusCode: answer.statusCode,
    body: answer.body,
  });
  return answer;
}
