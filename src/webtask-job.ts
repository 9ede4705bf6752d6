import configFactory from 'auth0-extension-tools/src/config/configFactory';
import { fromWebtaskContext } from 'auth0-extension-tools/src/config/configProvider';
import { pino } from 'pino';
import { createExporter } from './job/exporter';
import type { JobAnswer } from './job/run-job';
import { createTenantCache, type TenantCache } from './job/tenant-cache';
import { createRedactor } from './redactor';
import { parseSettings, secretNames } from './settings';
import { openDocumentRunStore } from './storage/document-store';
import { createWebtaskStore } from './storage/webtask-storage';
import { systemClock } from './time';
import type { WebtaskContext } from './webtask';

/**
 * The platform cuts an execution after 20 to 30 s; Auth0's own exporters stopped themselves at 22 s. A host
 * that cuts later says so in MAX_RUN_SECONDS.
 */
const BUDGET_MS = 22_000;
/** A process serves many executions before it is recycled; what one looked up may serve the next. */
let warm: { tenant: unknown; cache: TenantCache } | undefined;

/** What this process knows of a tenant. */
function tenantCacheFor(tenant: unknown): TenantCache {
  if (warm && warm.tenant === tenant) return warm.cache;
  warm = { tenant, cache: createTenantCache() };
  return warm.cache;
}

/**
 * Runs the job in a webtask: its secrets are the settings, its storage keeps the state, its output is the
 * log.
 *
 * @param context as the platform passes it
 */
export async function runWebtaskJob(context: WebtaskContext): Promise<JobAnswer> {
  const config = configFactory();
  config.setProvider(fromWebtaskContext(context));
  const redactor = createRedactor([...secretNames.map(config), context.token]);
  const log = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } },
    { write: (line: string) => console.log(redactor.text(line.trimEnd())) },
  );
  const seconds = Number(config('MAX_RUN_SECONDS'));
  const parsed = parseSettings(config);
  const exporter = createExporter(parsed, {
    clock: systemClock,
    fetch: globalThis.fetch,
    random: Math.random,
    redactor,
    tenantCache: tenantCacheFor(parsed.tenant?.domain),
  });
  return exporter.run({
    store: openDocumentRunStore(createWebtaskStore(context.storage), systemClock),
    log,
    budgetMs: seconds > 0 ? seconds * 1000 : BUDGET_MS,
    stop: context.stop,
  });
}
