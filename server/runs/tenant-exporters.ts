import { LRUCache } from 'lru-cache';
import type { AccessToken } from '../../src/auth0/access-token';
import { createExporter, type Exporter } from '../../src/job/exporter';
import { createTenantCache, type TenantCache } from '../../src/job/tenant-cache';
import { createRedactor, type Redactor } from '../../src/redactor';
import { type ParsedSettings, parseSettings, secretNames } from '../../src/settings';
import type { Clock } from '../../src/time';
import { HostError, troubleInWords } from '../errors';
import type { ResolvedSettings, TenantRegistry } from '../tenants/registry';
import type { TenantRow } from '../tenants/tenant-store';

/** How long a run of the host's own may take where nothing else is said, in seconds: the next is due in five minutes. */
const DEFAULT_SECONDS = 240;

/**
 * Milliseconds that a run may take.
 *
 * @param seconds MAX_RUN_SECONDS, checked before
 */
export function toRunBudget(seconds: string | undefined): number {
  return (Number(seconds) || DEFAULT_SECONDS) * 1000;
}

/** A tenant's export, with its settings as they are now. */
export interface TenantExporter {
  exporter: Exporter;
  /** Knows the secrets that must be in nothing that leaves. */
  redactor: Redactor;
  /** Milliseconds that a run may take. */
  budgetMs: number;
  /** EXCLUDE_FIELDS. */
  excluded: string;
}

/** Makes the exporters of all tenants, and keeps in memory what one run may hand on to the next. */
export interface TenantExporters {
  /**
   * The export of a tenant.
   *
   * @throws {HostError} where a setting cannot be had, such as a secret that a reference leads to
   */
  of(tenant: TenantRow): Promise<TenantExporter>;
  /**
   * The export of a tenant whose runs all fail, and leave a record and a report that say why.
   *
   * @param problem in words, without a secret
   */
  failing(tenant: TenantRow, problem: string): Promise<TenantExporter>;
}

/** What the exporters are made with. */
interface TenantExportersOptions {
  registry: Pick<TenantRegistry, 'settingsOf'>;
  clock: Clock;
  fetch: typeof fetch;
}

/** A file that a reference leads to may hang, as a pipe does that nobody writes to: its tenant's run fails then. */
const LONGEST_READING_MS = 10_000;

/** The settings that a report needs, if it is to come at all. */
const REPORT_SETTINGS = ['SLACK_INCOMING_WEBHOOK', 'SLACK_SEND_SUCCESS', 'SLACK_DAILY_REPORT'];

/** Tenants whose users are remembered: the memory for them takes 260 KB, also where there are few. */
const MOST_USER_CACHES = 50;
/** A profile is used for so long, in milliseconds. */
const LONGEST_USERS_MS = 2 * 60 * 1000;

/**
 * The memories of tenants: their access tokens stay, each new one is a log in the tenant; their users only as long as
 * they may be used, so that a thousand tenants stay small.
 */
function createTenantCaches(): (tenantId: string, domain: string) => TenantCache {
  const tokens = new Map<string, AccessToken>();
  const users = new LRUCache<string, TenantCache['usersFor']>({
    max: MOST_USER_CACHES,
    ttl: LONGEST_USERS_MS,
    updateAgeOnGet: true,
  });
  return (tenantId, domain) => {
    users.purgeStale();
    const key = `${tenantId} ${domain}`;
    const accessToken = tokens.get(tenantId);
    const known = users.get(key);
    if (accessToken && known) return { accessToken, usersFor: known };
    const made = createTenantCache();
    const cache = { accessToken: accessToken ?? made.accessToken, usersFor: known ?? made.usersFor };
    tokens.set(tenantId, cache.accessToken);
    users.set(key, cache.usersFor);
    return cache;
  };
}

/** Prepares to export tenants. */
export function createTenantExporters({ registry, clock, fetch }: TenantExportersOptions): TenantExporters {
  const cacheFor = createTenantCaches();

  const assemble = (
    tenant: TenantRow,
    settings: ResolvedSettings,
    parsed: ParsedSettings,
  ): TenantExporter => {
    const redactor = createRedactor(secretNames.map((name) => settings[name]));
    const tenantCache = cacheFor(tenant.id, settings.AUTH0_DOMAIN ?? '');
    return {
      exporter: createExporter(parsed, { clock, fetch, random: Math.random, redactor, tenantCache }),
      redactor,
      budgetMs: toRunBudget(settings.MAX_RUN_SECONDS),
      excluded: settings.EXCLUDE_FIELDS ?? '',
    };
  };
  const settingsOf = async (tenant: TenantRow): Promise<ResolvedSettings> => {
    const waiting = new AbortController();
    const tooLong = clock.sleep(LONGEST_READING_MS, waiting.signal).then(() => {
      throw new HostError(
        `The settings of tenant ${tenant.name} could not be read within ${LONGEST_READING_MS / 1000} s. Check the files that its secrets are read from.`,
      );
    });
    const reading = registry.settingsOf(tenant);
    try {
      return await Promise.race([reading, tooLong]);
    } finally {
      waiting.abort();
      // Whichever comes second concerns nobody any more.
      tooLong.catch(() => {});
      reading.catch(() => {});
    }
  };

  return {
    of: async (tenant) => {
      const settings = await settingsOf(tenant);
      return assemble(
        tenant,
        settings,
        parseSettings((name) => settings[name]),
      );
    },
    failing: async (tenant, problem) => {
      const kept = Object.entries(tenant.settings).filter(([name]) => REPORT_SETTINGS.includes(name));
      let settings: ResolvedSettings = {};
      const problems = [problem];
      try {
        settings = await settingsOf({ ...tenant, settings: Object.fromEntries(kept) });
      } catch (error) {
        const reason = troubleInWords(error);
        if (reason !== problem) problems.push(reason);
      }
      const parsed = parseSettings((name) => settings[name]);
      return assemble(tenant, settings, { ...parsed, settings: undefined, tenant: undefined, problems });
    },
  };
}
