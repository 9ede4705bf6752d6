import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../src/time';
import { openDatabase } from '../database/open-database';
import { HostError } from '../errors';
import { type HostOptions, type OpenHost, openHost } from '../runs/host';
import type { FinishedRun } from '../runs/runner';
import type { Role } from '../runs/workers';
import { type Given, requiredSettings } from '../tenants/environment-tenant';
import type { TenantRow } from '../tenants/tenant-store';
import type { HostSetup } from './host-options';
import { isSandboxFolder, openSandboxWorld, type SandboxWorld } from './sandbox-world';
import { checkSettings } from './settings';

/** Name of the tenant that arguments, environment and config.json give. */
const GIVEN_TENANT = 'default';
/** Name of the one in the sandbox. */
export const SANDBOX_TENANT = 'sandbox';

/** What a command opens the host with. */
export interface CommandOptions {
  setup: HostSetup;
  /** Settings from arguments, environment and config.json. */
  overrides: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** Fires when the process is asked to stop. */
  stop: AbortSignal;
  /** Told of what goes wrong between runs, in words. */
  onTrouble: (message: string) => void;
}

/** A host, and the sandbox where one stands in. */
interface CommandHost {
  host: OpenHost;
  /** Set where no tenant is known, and the sandbox stands in. */
  world: SandboxWorld | undefined;
  /** Set if a sandbox was started here before, and a tenant is configured in its place. */
  isSandboxLeftOut: boolean;
  /** Closes both, within ten seconds. */
  close(): Promise<void>;
}

/** When a sandbox stands in for Auth0, Segment and Slack: `auto` if no tenant is known. */
export type SandboxUse = 'auto' | 'always' | 'never';

/** What arguments, environment and config.json give of a tenant. */
export const givenBy = (setup: HostSetup, overrides: Readonly<Record<string, string>>): Given => ({
  tenant: GIVEN_TENANT,
  settings: overrides,
  schedule: setup.schedule,
  timeZone: setup.schedule || setup.isTimeZoneGiven ? setup.timeZone : undefined,
});

/** Whether there is a database in a folder, or what a former version has kept. */
export const isKnown = (folder: string): boolean =>
  ['exporter.db', 'extension.json', 'storage.json'].some((name) => existsSync(join(folder, name)));

/** Whether a tenant is given, or there may be some that are kept. */
export const isAnyTenantKnown = (
  { dataDir, tenantsFile, database }: HostSetup,
  overrides: Readonly<Record<string, string>>,
): boolean =>
  database !== undefined ||
  tenantsFile !== '' ||
  requiredSettings.some((name) => overrides[name]) ||
  isKnown(dataDir);

/** The settings of the sandbox's tenant, which stands in for one that nobody has given. */
function sandboxSettings({ sandbox }: SandboxWorld): Record<string, string> {
  const { EXTENSION_SECRET: _, ...settings } = sandbox.secrets();
  return { ...settings, SLACK_SEND_SUCCESS: 'true' };
}

/** Changes the domain of tenants that are stored in the sandbox's folder after its tenant has another port. */
async function followSandbox(
  folder: string,
  { formerDomain, sandbox }: SandboxWorld,
  clock: Clock,
): Promise<void> {
  if (formerDomain === undefined || !isKnown(folder)) return;
  const database = await openDatabase({ folder, clock });
  try {
    for (const row of await database.tenants.list()) {
      if (row.settings.AUTH0_DOMAIN !== formerDomain) continue;
      const settings = { ...row.settings, AUTH0_DOMAIN: sandbox.tenant.domain };
      await database.tenants.replace({ ...row, settings }, []);
    }
  } finally {
    await database.close();
  }
}

/**
 * Opens the host in the folder of the tenants that are known, or else on a sandbox, which has a folder of its own.
 *
 * @param options `role` is what the process does for others on the same database; left out for a command, which
 *   starts no sandbox
 * @throws {HostError} where the folder cannot be used, or its database or key
 */
export async function openCommandHost(
  options: CommandOptions & {
    sandboxUse?: SandboxUse;
    role?: Role;
    onEnd?: (finished: FinishedRun) => void;
    onTriggers?: HostOptions['onTriggers'];
  },
): Promise<CommandHost> {
  const { setup, overrides, clock, sandboxUse = 'never' } = options;
  const given = givenBy(setup, overrides);
  const isSandbox = sandboxUse === 'always' || (sandboxUse === 'auto' && !isAnyTenantKnown(setup, overrides));
  const sandboxFolder = join(setup.dataDir, 'sandbox');
  const folder = isSandbox ? sandboxFolder : setup.dataDir;
  const world = isSandbox ? await openSandboxWorld(folder, clock) : undefined;
  try {
    if (world) await followSandbox(folder, world, clock);
    const host = await openHost({
      ...setup,
      ...options,
      // The sandbox shares neither a database nor declared tenants with what is exported for real.
      ...(world && { database: undefined, tenantsFile: '' }),
      folder,
      keepsLastEvents: ({ name }) => setup.showLastEvents ?? (world !== undefined && name === SANDBOX_TENANT),
      // The sandbox of the former version has ended with it.
      importsFormer: !world && !setup.database,
      given: world
        ? {
            ...given,
            tenant: SANDBOX_TENANT,
            settings: { ...overrides, ...sandboxSettings(world) },
            // Nothing is sent anywhere else, also of a tenant that is installed beside the sandbox's own.
            forAll: { SEGMENT_ENDPOINT: world.sandbox.segment.url },
          }
        : given,
      onEnd: options.onEnd ?? (() => {}),
    });
    return {
      host,
      world,
      isSandboxLeftOut: sandboxUse === 'auto' && !world && isSandboxFolder(sandboxFolder),
      close: async () => {
        await host.close();
        await world?.close();
      },
    };
  } catch (error) {
    await world?.close();
    throw error;
  }
}

/**
 * Brings the tenants in step with the environment and TENANTS_FILE, after it is known that the tenant that is given
 * there can be exported.
 *
 * @param isHost whether what is not given any more is let go of: not by a command beside a host
 * @returns warnings, in sentences
 * @throws {HostError} where a setting of that tenant is missing or wrong, and for what is wrong in the file
 */
export async function refreshTenants(
  host: OpenHost,
  { overrides, isHost }: Pick<CommandOptions, 'overrides'> & { isHost: boolean },
): Promise<string[]> {
  if (requiredSettings.some((name) => overrides[name])) {
    const tenant = (await host.registry.find(GIVEN_TENANT)) ?? givenTenant;
    if (tenant.origin !== 'declared') checkSettings(await host.registry.settingsOf(tenant));
  }
  return host.refresh(isHost);
}

/** The tenant of the environment before it is kept. */
const givenTenant: TenantRow = {
  id: '',
  name: GIVEN_TENANT,
  origin: 'environment',
  settings: {},
  schedule: '',
  timeZone: '',
  isActive: true,
  createdAt: '',
  dueAt: null,
  version: 0,
};

/** More names than this are not listed. */
const MOST_NAMES = 20;

/**
 * The tenant that somebody means.
 *
 * @param name as it was typed; empty where none was, which will do where there is one tenant
 * @returns `undefined` where there is none at all
 * @throws {HostError} naming those that there are
 */
export function chooseTenant<T extends Pick<TenantRow, 'name'>>(
  tenants: readonly T[],
  name: string,
): T | undefined {
  const found = name === '' && tenants.length === 1 ? tenants[0] : tenants.find((one) => one.name === name);
  if (found || (tenants.length === 0 && name === '')) return found;
  const names = tenants.slice(0, MOST_NAMES).map((one) => one.name);
  const more = tenants.length > MOST_NAMES ? ` and ${tenants.length - MOST_NAMES} more` : '';
  const list =
    tenants.length === 0 ? 'None has been added yet.' : `The tenants are ${names.join(', ')}${more}.`;
  throw new HostError(
    name === ''
      ? `There are ${tenants.length} tenants: name one of them. ${list}`
      : `There is no tenant ${JSON.stringify(name.slice(0, 63))}. ${list}`,
    78,
  );
}
