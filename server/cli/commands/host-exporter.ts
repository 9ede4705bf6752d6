import { createExporter, type Exporter } from '../../../src/job/create-exporter';
import type { JobAnswer, RunOptions } from '../../../src/job/run-job';
import { createRedactor } from '../../../src/redaction/create-redactor';
import { parseSettings } from '../../../src/settings/parse-settings';
import { secretNames } from '../../../src/settings/secret-names';
import type { Clock } from '../../../src/time/clock';
import type { Host } from '../../host/host';
import { documentStoreOf } from '../../host/storage/document-store-of';
import { toRunBudget } from '../options/to-run-budget';
import { recordedRun } from './recorded-run';

/** The export of a host's tenant, for a command. */
export interface HostExporter extends Pick<Exporter, 'newestLogTime'> {
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
          store: documentStoreOf(host.storage),
          log: { info: log('info'), error: log('error') },
          budgetMs: toRunBudget(secrets.MAX_RUN_SECONDS),
        });
      }),
  };
}
