import { randomUUID } from 'node:crypto';
import { HostError } from '../errors';
import { type Given, givesTenant } from './environment-tenant';
import { changesOf, merged } from './stored-settings';
import type { TenantBatch, TenantChange, TenantRow, TenantStore } from './tenant-store';
import type { DeclaredTenant } from './tenants-file';
import type { Vault } from './vault';

/** Tries of a change that others come before. */
const MOST_TRIES = 20;

/** What declaring needs. */
interface DeclareOptions {
  store: TenantStore;
  vault: Vault;
  given: Given;
  nextDue: (tenant: Pick<TenantRow, 'name' | 'schedule' | 'timeZone'>, now: number) => number;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** The row of a tenant that is declared, of the one that is there under its name. */
async function declaredRow(
  declared: DeclaredTenant,
  before: TenantRow | undefined,
  { vault, nextDue }: DeclareOptions,
  at: number,
): Promise<TenantRow> {
  const { name, schedule, timeZone } = declared;
  const blank: TenantRow = {
    id: randomUUID(),
    name,
    origin: 'declared',
    settings: {},
    schedule,
    timeZone,
    isActive: true,
    createdAt: new Date(at).toISOString(),
    dueAt: at,
    version: 1,
  };
  const row = before ?? blank;
  const gone = Object.keys(row.settings).map((setting) => [setting, '']);
  const settings = await merged(vault, row, row.settings, {
    ...Object.fromEntries(gone),
    ...declared.settings,
  });
  const isRescheduled = row.schedule !== schedule || row.timeZone !== timeZone;
  return {
    ...row,
    origin: 'declared',
    settings,
    schedule,
    timeZone,
    dueAt: isRescheduled && row.isActive ? nextDue(declared, at) : row.dueAt,
  };
}

/** What becomes of the tenants that are there. */
async function batchFor(
  declared: readonly DeclaredTenant[],
  tenants: readonly TenantRow[],
  options: DeclareOptions,
): Promise<TenantBatch> {
  const at = options.now();
  const add: TenantRow[] = [];
  const replace: { row: TenantRow; changes: TenantChange[] }[] = [];
  for (const one of declared) {
    const before = tenants.find(({ name }) => name === one.name);
    const row = await declaredRow(one, before, options, at);
    if (!before) add.push(row);
    else {
      const changes = changesOf(before, row, new Date(at).toISOString());
      if (changes.length > 0 || before.origin !== row.origin) replace.push({ row, changes });
    }
  }
  const names = new Set(declared.map(({ name }) => name));
  const remove = tenants
    .filter(({ name, origin }) => origin === 'declared' && !names.has(name))
    .map(({ id, version }) => ({ id, version, keepState: true }));
  return { add, replace, remove };
}

/**
 * Makes the tenants of TENANTS_FILE those that are declared, all of it or nothing. One that is there under the same
 * name becomes declared, with its checkpoint and history; one that is declared no longer goes, and its checkpoint and
 * history stay for when it comes back. The switch of a tenant is no part of the file, and stays as it is.
 *
 * @param path of the file, for sentences
 * @throws {HostError} where the environment gives a tenant of the same name, or keys cannot be read
 */
export async function declareTenants(
  declared: readonly DeclaredTenant[],
  path: string,
  options: DeclareOptions,
): Promise<void> {
  const { store, given } = options;
  const twice = givesTenant(given) ? declared.find(({ name }) => name === given.tenant) : undefined;
  if (twice) {
    throw new HostError(
      `TENANTS_FILE ${path} cannot be used, and nothing of it was applied. Line ${twice.line}: tenant ${twice.name} is given by the environment, arguments or config.json, too. Take AUTH0_DOMAIN and the like away there, or give it another name here.`,
      78,
    );
  }
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const batch = await batchFor(declared, await store.list(), options);
    const isNothing = [batch.add, batch.replace, batch.remove].every((part) => !part?.length);
    if (isNothing || (await store.apply(batch))) return;
  }
  throw new HostError('The tenants are being changed by others all the time. Try again in a minute.', 1);
}

/**
 * Makes tenants of some origins ones that are kept like any other: nothing gives them any more.
 *
 * @returns their names
 */
export async function releaseTenants(
  store: TenantStore,
  origins: readonly TenantRow['origin'][],
): Promise<string[]> {
  for (;;) {
    const given = (await store.list()).filter(({ origin }) => origins.includes(origin));
    const replace = given.map((row) => ({ row: { ...row, origin: 'stored' as const }, changes: [] }));
    if (replace.length === 0 || (await store.apply({ replace }))) return given.map(({ name }) => name);
  }
}
