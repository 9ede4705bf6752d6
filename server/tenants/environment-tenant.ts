import { randomUUID } from 'node:crypto';
import { HostError } from '../errors';
import { manifest } from '../manifest';
import { isTenantSetting } from './tenant-settings';
import type { TenantRow, TenantStore } from './tenant-store';

/** What the environment, arguments or config.json give: the settings of one tenant, and what holds for all. */
export interface Given {
  /** Name of the tenant that it is about. */
  tenant: string;
  /** By their names, none of them empty. */
  settings: Readonly<Record<string, string>>;
  /** What holds for every tenant, whoever has added it: where a sandbox stands in for Segment. */
  forAll?: Readonly<Record<string, string>>;
  /** Six fields, where given. */
  schedule: string | undefined;
  /** IANA name, where given. */
  timeZone: string | undefined;
}

/** Without these no run can export anything: where one of them is given, a tenant is meant. */
export const requiredSettings = [
  'AUTH0_DOMAIN',
  'AUTH0_CLIENT_ID',
  'AUTH0_CLIENT_SECRET',
  'SEGMENT_KEY',
] as const;

/** Whether a tenant comes from the environment, rather than settings of one that is kept. */
export const givesTenant = ({ settings }: Given): boolean =>
  requiredSettings.some((name) => Boolean(settings[name]));

/** Whether anything is given that belongs to a tenant. */
export const givesAnything = ({ settings }: Given): boolean =>
  Object.keys(settings).some((name) => isTenantSetting(name, true));

/** What the tenant of the environment is kept with. */
interface KeepOptions {
  store: TenantStore;
  given: Given;
  /** Whether one that is not given here is given nowhere. */
  mayRelease: boolean;
  /** IANA name, where none is given. */
  timeZone: string;
  nextDue: (tenant: Pick<TenantRow, 'name' | 'schedule' | 'timeZone'>, now: number) => number;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** The row as the environment wants it, of the one that is there. */
function keptInStep(before: TenantRow, { given, mayRelease, nextDue, now }: KeepOptions): TenantRow {
  const released = mayRelease ? 'stored' : before.origin;
  const row: TenantRow = {
    ...before,
    origin: givesAnything(given) ? 'environment' : released,
    schedule: given.schedule ?? before.schedule,
    timeZone: given.timeZone ?? before.timeZone,
  };
  const isRescheduled = row.schedule !== before.schedule || row.timeZone !== before.timeZone;
  return isRescheduled && row.isActive ? { ...row, dueAt: nextDue(row, now()) } : row;
}

/**
 * Keeps the row of the tenant of the environment in step with what that gives: added where a tenant is given and none
 * is there, one that is kept like any other where nothing is given any more and it may be released. To be called when the host starts, not
 * by whoever only looks.
 *
 * @returns the row; `undefined` where there is none
 * @throws {HostError} where a tenant of its name is declared in a file, too
 */
export async function keepEnvironmentTenant(options: KeepOptions): Promise<TenantRow | undefined> {
  const { store, given, now } = options;
  for (;;) {
    const before = await store.find(given.tenant);
    if (before?.origin === 'declared') {
      if (!givesTenant(given)) return before;
      const names = requiredSettings.filter((name) => given.settings[name]);
      throw new HostError(
        `Tenant ${given.tenant} is declared in TENANTS_FILE, and given by ${names.join(', ')}, too. Take those away, or give the declared one another name.`,
        78,
      );
    }
    if (before) {
      const row = keptInStep(before, options);
      const isSame =
        row.origin === before.origin && row.schedule === before.schedule && row.timeZone === before.timeZone;
      if (isSame) return before;
      if (await store.replace(row, [])) return store.find(given.tenant);
      continue;
    }
    if (!givesTenant(given)) return undefined;
    const at = now();
    const row: TenantRow = {
      id: randomUUID(),
      name: given.tenant,
      origin: 'environment',
      settings: {},
      schedule: given.schedule ?? manifest.schedule,
      timeZone: given.timeZone ?? options.timeZone,
      isActive: true,
      createdAt: new Date(at).toISOString(),
      dueAt: at,
      version: 1,
    };
    if (await store.add(row)) return row;
  }
}
