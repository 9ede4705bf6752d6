import { HostError } from '../errors';
import { isReference, secretSettings } from './secret-reference';
import { unsealed } from './stored-settings';
import type { TenantRow, TenantStore } from './tenant-store';
import { isSealed, type Vault } from './vault';

/** Tries of a change that others come before. */
const MOST_TRIES = 20;

/** A tenant of which secrets were sealed while the key was changed, by which they may not open any more. */
interface JustSealed {
  id: string;
  /** The secrets by what they were sealed to. */
  known: ReadonlyMap<string, string>;
}

/**
 * The tenant with each secret sealed under the first key; `undefined` where it is so already.
 *
 * @throws {HostError} where a secret cannot be opened
 */
async function resealed(
  vault: Vault,
  tenant: TenantRow,
  known?: JustSealed['known'],
): Promise<TenantRow | undefined> {
  const settings: Record<string, string> = { ...tenant.settings };
  let isChanged = false;
  for (const setting of secretSettings) {
    const kept = settings[setting];
    if (!kept || isReference(kept) || (isSealed(kept) && (await vault.isCurrent(kept)))) continue;
    if (known && !known.has(kept)) continue;
    const secret = known?.get(kept) ?? (await unsealed(vault, tenant, setting, kept));
    settings[setting] = await vault.seal({ tenant, setting }, secret);
    isChanged = true;
  }
  return isChanged ? { ...tenant, settings } : undefined;
}

/**
 * Seals the secrets of all tenants under the key that is first now, in one transaction.
 *
 * @param only what was sealed of one tenant just now; everything of all where it is left out
 * @returns the number of tenants of which something was sealed anew
 * @throws {HostError} where one cannot be opened; nothing is changed then
 */
export async function reseal(store: TenantStore, vault: Vault, only?: JustSealed): Promise<number> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const tenants = (await store.list()).filter(({ id }) => only === undefined || id === only.id);
    const replace: { row: TenantRow; changes: [] }[] = [];
    for (const tenant of tenants) {
      const row = await resealed(vault, tenant, only?.known);
      if (row) replace.push({ row, changes: [] });
    }
    if (replace.length === 0 || (await store.apply({ replace }))) return replace.length;
  }
  throw new HostError('The tenants are being changed by others all the time. Try again in a minute.', 1);
}

/**
 * Seals everything under a new key. Interrupted at any point, nothing is lost, and it can be repeated: the former key
 * goes only when nothing is sealed with it any more.
 *
 * @returns the number of tenants of which something was sealed anew
 * @throws {HostError} where keys or secrets cannot be read, or the keys cannot be written
 */
export async function rekey(store: TenantStore, vault: Vault): Promise<number> {
  const key = await vault.ring.beginChange();
  let sealed = await reseal(store, vault);
  // Whoever added a tenant meanwhile may have begun before the key was changed.
  for (let more = await reseal(store, vault); more > 0; more = await reseal(store, vault)) sealed += more;
  await vault.ring.endChange(key);
  return sealed;
}
