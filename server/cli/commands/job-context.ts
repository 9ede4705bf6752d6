import type { JobContext } from '../../../src/job/run-job';
import { createTenantCache } from '../../../src/job/tenant-cache';
import { createRedactor } from '../../../src/redaction/create-redactor';
import { secretNames } from '../../../src/settings/secret-names';
import type { Clock } from '../../../src/time/clock';
import type { Host } from '../../host/host';
import { documentStoreOf } from '../../host/storage/document-store-of';
import { toRunBudget } from '../options/to-run-budget';

/**
 * What a run is given that is started by a command.
 *
 * @param host whose settings and storage it works with
 * @param onLine told each line that the run logs, without any secret in it
 * @param stop fires when the process is asked to stop
 */
export function jobContext(
  host: Host,
  clock: Clock,
  onLine: (line: string) => void,
  stop: AbortSignal,
): JobContext {
  const secrets = host.secrets('');
  const redactor = createRedactor(secretNames.map((name) => secrets[name]));
  const log = (level: string) => (fields: unknown, message?: string) => {
    const rest = typeof fields === 'object' ? fields : { msg: fields };
    const time = new Date(clock.now()).toISOString();
    onLine(redactor.text(JSON.stringify({ level, time, ...rest, ...(message ? { msg: message } : {}) })));
  };
  return {
    config: (name) => secrets[name],
    store: documentStoreOf(host.storage),
    clock,
    fetch: globalThis.fetch,
    random: Math.random,
    log: { info: log('info'), error: log('error') },
    redactor,
    tenantCache: createTenantCache(),
    budgetMs: toRunBudget(secrets.MAX_RUN_SECONDS),
    stop,
  };
}
