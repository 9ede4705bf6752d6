import { count } from '../../src/run-words';
import { HostError } from '../errors';
import { declareTenants, releaseTenants } from './declare';
import {
  type Given,
  givesAnything,
  givesTenant,
  keepEnvironmentTenant,
  requiredSettings,
} from './environment-tenant';
import { openKeyRing } from './key-ring';
import { createTenantRegistry, type TenantRegistry } from './registry';
import { rekey } from './rekey';
import { tenantWarnings } from './tenant-settings';
import type { TenantRow, TenantStore } from './tenant-store';
import { readTenantsFile } from './tenants-file';
import { createVault, type Vault } from './vault';

/** What the tenants of a folder are opened with. */
export interface OpenTenantsOptions {
  store: TenantStore;
  /** DATA_DIR, which belongs to this user alone; `undefined` where other machines must open the secrets, too. */
  folder: string | undefined;
  given: Given;
  /** ENCRYPTION_KEY and ENCRYPTION_KEY_FILE; empty where not given. */
  encryption: { key: string; keyFile: string };
  /** TENANTS_FILE; empty where not given. */
  tenantsFile: string;
  /** IANA name, of tenants that name none. */
  timeZone: string;
  /** What references to variables are read from. */
  env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970 of a tenant's next scheduled run after `now`. */
  nextDue: (tenant: Pick<TenantRow, 'name' | 'schedule' | 'timeZone'>, now: number) => number;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** The tenants of a folder. */
export interface OpenTenants {
  registry: TenantRegistry;
  vault: Vault;
  /**
   * Brings the tenants in step with TENANTS_FILE and the environment: when a host starts, before a single run, and
   * when the file is to be read again. Not for whoever only looks.
   *
   * @param isHost whether what is not given any more is let go of. Not by a command beside a host, which may have been
   *   started without the environment of that one. Tenants that other machines share are let go of only by
   *   {@link OpenTenants.release}
   * @returns warnings, in sentences
   * @throws {HostError} where the file cannot be used, or two of them give the same tenant; nothing is changed then
   */
  refresh(isHost: boolean): Promise<string[]>;
  /**
   * Makes declared tenants ones that are kept like any other, and that of the environment where this process is given
   * nothing of it.
   *
   * @returns their names
   */
  release(): Promise<string[]>;
  /**
   * Seals all secrets under a new key.
   *
   * @returns the number of tenants of which something was sealed anew
   * @throws {HostError}
   */
  rekey(): Promise<number>;
}

/** What a process says that has no TENANTS_FILE, on a database where others may have one. */
function withoutFile(tenants: readonly TenantRow[]): string[] {
  const declared = tenants.filter(({ origin }) => origin === 'declared').length;
  if (declared === 0) return [];
  return [
    `TENANTS_FILE is not given to this process. What was declared there stays as it is (${count(declared, 'tenant')}). Give it the file that the other processes have; where none is to have it any more, write tenants release.`,
  ];
}

/** The same, of the tenant that the environment of others gives. */
function withoutEnvironment(tenant: TenantRow | undefined): string[] {
  if (tenant?.origin !== 'environment') return [];
  return [
    `Tenant ${tenant.name} is given by the environment of another process, and not of this one, which cannot export it. Give this process the same ${requiredSettings.join(', ')}; where none is to have them any more, write tenants release.`,
  ];
}

/**
 * Opens the tenants of a folder, and the key that their secrets are sealed with, which is made where none is given or
 * there.
 *
 * @throws {HostError} where the key cannot be used
 */
export async function openTenants(options: OpenTenantsOptions): Promise<OpenTenants> {
  const { store, folder, given, encryption, tenantsFile, timeZone } = options;
  const vault = createVault(await openKeyRing({ ...encryption, folder }));
  // Another machine's process may be given still what this one is not: whichever lost it must not undo that.
  const mayRelease = folder !== undefined;
  const parts = { ...options, vault, mayRelease };

  const declare = async (isHost: boolean): Promise<string[]> => {
    if (tenantsFile === '') {
      if (!isHost) return [];
      if (!mayRelease) return withoutFile(await store.list());
      const released = await releaseTenants(store, ['declared']);
      return released.length === 0
        ? []
        : [
            `TENANTS_FILE is not given any more. ${released.join(', ')}, declared there before, can be changed here from now on.`,
          ];
    }
    const { tenants, warnings } = await readTenantsFile(tenantsFile, given.settings, timeZone);
    await declareTenants(tenants, tenantsFile, parts);
    return [
      ...warnings,
      ...tenants.flatMap((tenant) =>
        tenantWarnings(tenant).map((sentence) => `In tenant ${tenant.name}: ${sentence}`),
      ),
    ];
  };

  return {
    registry: createTenantRegistry(parts),
    vault,
    refresh: async (isHost) => {
      const warnings = await declare(isHost);
      const kept = isHost || givesTenant(given) ? await keepEnvironmentTenant(parts) : undefined;
      const missing = givesAnything(given) ? [] : withoutEnvironment(kept);
      return [...vault.ring.warnings, ...warnings, ...missing];
    },
    release: () => releaseTenants(store, givesAnything(given) ? ['declared'] : ['declared', 'environment']),
    rekey: async () => {
      try {
        return await rekey(store, vault);
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        throw new HostError(`Nothing was sealed anew. ${error.message}`, error.exitCode, error);
      }
    },
  };
}
