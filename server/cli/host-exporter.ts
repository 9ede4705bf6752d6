import { createExporter, type Exporter } from '../../src/job/exporter';
import type { JobAnswer, RunOptions } from '../../src/job/run-job';
import { createRedactor } from '../../src/redactor';
import { parseSettings, secretNames } from '../../src/settings';
import { openDocumentRunStore } from '../../src/storage/document-store';
import type { Clock } from '../../src/time';
import { documentStoreOf } from '../host/storage';
import type { Host } from '../runs/host';
import { toRunBudget } from './settings';

/**
 * One run that a command has started, recorded among the executions of the job.
 *
 * @param run with a place for the lines that it logs
 */
async function recordedRun(
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

/** The export of a host's tenant, for a command. */
interface HostExporter extends Pick<Exporter, 'newestLogTime'> {
  /** One run, recorded among the executions of the job. */
  run(options: Pick<RunOptions, 'stop' | 'onProgress'>): Promise<JobAnswer>;
}

/**
 * Makes the exporter of a host's tenant.
 *
 * @param host whose settings, storage and history it works with
 */
export function createHostExporter(host: Host, clock: Clock): HostExporter {
  const secrets = host.secrets('');
  const redactor = createRedactor(secretNames.map((name) => secrets[name]));
  const exporter = createExporter(
    parseSettings((name) => secrets[name]),
    { clock, fetch: globalThis.fetch, random: Math.random, redactor },
  );
  const logTo =
    (onLine: (line: string) => void) => (level: string) => (fields: unknown, message?: string) => {
      const rest = typeof fields === 'object' ? fields : { msg: fields };
      const time = new Date(clock.now()).toISOString();
      onLine(redactor.text(JSON.stringify({ level, time, ...rest, ...(message ? { msg: message } : {}) })));
    };
  return {
    newestLogTime: exporter.newestLogTime,
    run: (options) =>
      recordedRun(host, (onLine) => {
        const log = logTo(onLine);
        return exporter.run({
          ...options,
          store: openDocumentRunStore(documentStoreOf(host.storage), clock),
          log: { info: log('info'), error: log('error') },
          budgetMs: toRunBudget(secrets.MAX_RUN_SECONDS),
        });
      }),
  };
}
