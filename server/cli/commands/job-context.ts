import { LRUCache } from 'lru-cache';
import type { User } from '../../../src/auth0/user';
import type { JobContext } from '../../../src/job/run-job';
import { createRedactor } from '../../../src/redaction/create-redactor';
import type { Clock } from '../../../src/time/clock';
import type { Host } from '../../host/host';
import { documentStoreOf } from '../../host/storage/document-store-of';
import { toRunBudget } from '../options/to-run-budget';

/** A profile may be this old when it is sent. */
const USER_CACHE_MS = 2 * 60 * 1000;
const USER_CACHE_ENTRIES = 5_000;
const SECRETS = [
  'AUTH0_CLIENT_SECRET',
  'EXTENSION_SECRET',
  'SEGMENT_KEY',
  'SLACK_INCOMING_WEBHOOK',
  'SLACK_INCOMING_WEBHOOK_URL',
];

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
  const redactor = createRedactor(SECRETS.map((name) => secrets[name]));
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
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    redactor,
    userCache: new LRUCache<string, User>({ max: USER_CACHE_ENTRIES, ttl: USER_CACHE_MS }),
    budgetMs: toRunBudget(secrets.MAX_RUN_SECONDS),
    stop,
  };
}
