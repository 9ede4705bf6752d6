import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { count } from '../../src/run-words';
import type { Clock } from '../../src/time';
import type { Database } from '../database/database';
import { openDatabase } from '../database/open-database';
import { HostError } from '../errors';
import { LOG_STREAMS_PATH } from '../log-streams/endpoint';
import { createTriggerTokens } from '../log-streams/trigger-tokens';
import { nextDue } from '../runs/schedule';
import { startAgain, withStartFound } from '../tenants/find-start';
import { type OpenTenants, openTenants } from '../tenants/open-tenants';
import type { TenantInput } from '../tenants/registry';
import { changesOf, describeChanges, shownSettings } from '../tenants/stored-settings';
import { TenantError } from '../tenants/tenant-error';
import { tenantWarnings } from '../tenants/tenant-settings';
import type { TenantRow } from '../tenants/tenant-store';
import { didYouMean } from './command-line';
import type { HostSetup } from './host-options';
import { chooseTenant, givenBy, isKnown } from './open-host';
import { tenantActions } from './option-table';
import { readSecrets, type SecretSource } from './secret-input';
import { readTenantInput, type TypedTenant } from './tenant-input';
import type { Terminal } from './terminal';

type TenantAction = (typeof tenantActions)[number];

/** What the tenants of a folder are opened with. */
interface FolderOptions {
  setup: HostSetup;
  /** Settings from environment and config.json, which are those of one tenant and of no other. */
  overrides: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
}

/** What `tenants` is given. */
interface TenantsOptions extends Omit<TypedTenant, 'secrets' | 'setup'>, SecretSource, FolderOptions {
  /** What to do, and the name of the tenant. */
  operands: readonly string[];
  keepState: boolean;
  isJson: boolean;
  /** For the answer. */
  terminal: Terminal;
  /** Takes JSON. */
  print: (json: string) => void;
}

/** Reads what is to be done, and to which tenant. */
function readAction({ operands }: Pick<TenantsOptions, 'operands'>): {
  action: TenantAction;
  name: string;
} {
  const [word = '', name = '', ...more] = operands;
  const action = tenantActions.find((one) => one === word);
  if (!action) {
    const all = `Write one of: ${tenantActions.map((one) => `tenants ${one}`).join(', ')}.`;
    throw new HostError(
      `${word === '' ? 'What to do with the tenants is missing.' : `There is no command tenants ${JSON.stringify(word.slice(0, 60))}.`}${didYouMean(word, tenantActions, 'tenants ')} ${all}`,
      78,
    );
  }
  const isNamed = action !== 'list' && action !== 'release' && action !== 'rekey';
  const extra = isNamed ? more[0] : name || undefined;
  if (extra !== undefined) {
    throw new HostError(`${JSON.stringify(extra.slice(0, 60))} is not understood. See tenants --help.`, 78);
  }
  if (isNamed && name === '') {
    throw new HostError(`The name of the tenant is missing: tenants ${action} NAME.`, 78);
  }
  return { action, name };
}

const describeDue = ({ dueAt }: TenantRow) => (dueAt === null ? 'none' : new Date(dueAt).toISOString());

/** A tenant as it is printed; of secrets only that they are there. */
function shownTenant(tenant: TenantRow, { setup, overrides }: TenantsOptions) {
  const given = givenBy(setup, overrides);
  const { name, origin, isActive, schedule, timeZone, dueAt } = tenant;
  const fromOutside = origin === 'environment' && name === given.tenant ? given.settings : {};
  return {
    name,
    origin,
    isActive,
    schedule,
    timeZone,
    nextRun: dueAt === null ? null : describeDue(tenant),
    settings: shownSettings({ ...tenant.settings, ...fromOutside }),
  };
}

const HEADINGS = ['Tenant', 'Auth0 domain', 'Origin', 'Schedule', 'Next run'] as const;

/** Prints all tenants. Only reads. */
async function list(options: TenantsOptions): Promise<void> {
  const { setup, clock, terminal, isJson, print } = options;
  const rows: TenantRow[] = [];
  let place = setup.dataDir;
  if (setup.database || isKnown(setup.dataDir)) {
    const database = await openDatabase({ folder: setup.dataDir, ...setup.database, clock });
    try {
      if (setup.database) place = database.name;
      rows.push(...(await database.tenants.list()));
    } finally {
      await database.close();
    }
  }
  if (isJson) return print(JSON.stringify(rows.map((row) => shownTenant(row, options))));
  if (rows.length === 0) {
    return terminal.line(`No tenant has been added yet in ${place}. Add one with: tenants add NAME`);
  }
  const cells = rows.map((row) => [
    row.name,
    shownTenant(row, options).settings.AUTH0_DOMAIN ?? 'given elsewhere',
    row.origin,
    `${row.schedule} ${row.timeZone}${row.isActive ? '' : ', off'}`,
    row.dueAt !== null && row.dueAt <= clock.now() ? 'due' : describeDue(row),
  ]);
  terminal.columns(HEADINGS, cells);
}

/** Removes a tenant, and says what goes and what stays. */
async function remove(name: string, { registry }: OpenTenants, database: Database, options: TenantsOptions) {
  const { keepState, isJson, terminal, print, clock } = options;
  const standing = await database.overview.standing(name);
  const total = standing
    ? (
        await database
          .storeOf(standing.tenant.id)({ remaining: () => Number.POSITIVE_INFINITY })
          .history.list({ offset: 0, limit: 1 })
      ).total
    : 0;
  const hasStream = (await database.logStreams.find(name)) !== undefined;
  await registry.remove(name, keepState);
  const { lease = null, checkpointId: checkpoint = null } = standing?.state ?? {};
  const wasRunning = lease !== null && Date.parse(lease.expiresAt) > clock.now();
  if (isJson) {
    return print(
      JSON.stringify({
        removed: name,
        checkpoint,
        records: total,
        keptState: keepState,
        wasRunning,
        hasStream,
      }),
    );
  }
  const state = `its checkpoint (${checkpoint ?? 'none yet'}) and its history (${count(total, 'record')})`;
  terminal.line(
    keepState
      ? `Removed tenant ${name} with its settings. ${state[0]?.toUpperCase()}${state.slice(1)} stay for a tenant that is added under that name.`
      : `Removed tenant ${name} with its settings, ${state}.`,
  );
  if (hasStream) {
    terminal.line(
      `Its log stream in Auth0 stays, and posts to an address that answers 404 until Auth0 pauses it. Delete it with setup --undo ${name} --domain ${standing?.tenant.settings.AUTH0_DOMAIN ?? 'DOMAIN'} where setup made it, else in Auth0 under Monitoring > Streams.`,
    );
  }
  if (wasRunning) {
    terminal.line(
      'A run of it was under way. It fails at its next batch, and leaves no record; what it has sent stays sent.',
    );
  }
}

/** Makes a new token for a tenant's log stream, and prints it this once. */
async function makeToken(
  name: string,
  registry: OpenTenants['registry'],
  { logStreams }: Database,
  { isJson, terminal, print }: TenantsOptions,
): Promise<void> {
  const tenant = chooseTenant(await registry.list(), name);
  if (!tenant) return;
  const token = await createTriggerTokens(logStreams).rotate(tenant.id);
  const path = `${LOG_STREAMS_PATH}${name}`;
  const authorization = `Bearer ${token}`;
  if (isJson) return print(JSON.stringify({ tenant: name, path, token, authorization }));
  terminal.line(
    `The log stream of tenant ${name} has a new token. It is shown this once; a former one ends now.`,
  );
  terminal.line();
  terminal.table([
    ['Payload URL', `the address where Auth0 reaches this exporter, and then ${path}`],
    ['Authorization Token', authorization],
    ['Content Type', 'application/json'],
    ['Content Format', 'JSON Array'],
    ['Filter by Event Category', 'Login - Success, Login - Failure, Signup - Success'],
  ]);
  terminal.line();
  terminal.line('Enter these in Auth0 under Monitoring > Streams > Custom Webhook.');
}

/** Does what was typed, where the tenants are open. */
async function execute(
  { action, name }: { action: TenantAction; name: string },
  tenants: OpenTenants,
  database: Database,
  options: TenantsOptions,
): Promise<void> {
  const { terminal, isJson, print, setup, clock } = options;
  const { registry } = tenants;
  /** @param before as the tenant is called; `undefined` where it is added */
  const readInput = async (before: string | undefined): Promise<TenantInput> => {
    const input = await readTenantInput(name, {
      ...options,
      secrets: (names) => readSecrets(names, options),
    });
    if (!input.settings) return input;
    const finding = { registry, clock, fetch: globalThis.fetch, mayReference: true };
    return { ...input, settings: await withStartFound(before, input.settings, finding) };
  };
  const answer = (tenant: TenantRow, sentence: string) =>
    isJson ? print(JSON.stringify(shownTenant(tenant, options))) : terminal.line(sentence);
  const warn = (tenant: TenantRow) => tenantWarnings(tenant).forEach(options.warn);
  switch (action) {
    case 'add': {
      const isFirst = (await registry.list()).length === 0;
      const tenant = await registry.add(name, await readInput(undefined), { mayReference: true });
      const { START_FROM: start = '' } = tenant.settings;
      answer(
        tenant,
        `Added tenant ${name}.${start ? ` It starts with the log ${start}.` : ''} Its first run is due: a running host begins it within a second or so.`,
      );
      warn(tenant);
      if (isFirst && existsSync(join(setup.dataDir, 'sandbox', 'exporter.db'))) {
        options.warn('A host that runs in the sandbox takes up tenants when it is started again.');
      }
      return;
    }
    case 'set': {
      const input = await readInput(name);
      if (Object.keys(input).length === 0) {
        throw new HostError('Nothing to change was given. See tenants --help for the settings.', 78);
      }
      const before = await registry.find(name);
      const tenant = await registry.change(name, input, { mayReference: true });
      warn(tenant);
      const start = input.settings?.START_FROM?.trim() ?? '';
      const { state } = database.storeOf(tenant.id)({ remaining: () => Number.POSITIVE_INFINITY });
      const isAgain = start !== '' && (await startAgain(state, tenant, start));
      const again = isAgain ? [`Its next run starts with the log ${start} once more.`] : [];
      const changed = changesOf(before ?? tenant, tenant, new Date(clock.now()).toISOString());
      const first =
        changed.length === 0
          ? `Tenant ${name} has these settings already.`
          : `Changed tenant ${name}: ${describeChanges(changed)}.`;
      return answer(tenant, [first, ...again].join(' '));
    }
    case 'enable':
    case 'disable': {
      const isActive = action === 'enable';
      const tenant = await registry.change(name, { isActive }, { mayReference: true });
      return answer(
        tenant,
        isActive
          ? `The schedule of tenant ${name} is switched on. Next run: ${describeDue(tenant)}.`
          : `The schedule of tenant ${name} is switched off. A run that is under way continues to its end.`,
      );
    }
    case 'remove':
      return remove(name, tenants, database, options);
    case 'token':
      return makeToken(name, registry, database, options);
    case 'release': {
      const released = await tenants.release();
      if (isJson) return print(JSON.stringify({ released }));
      return terminal.line(
        released.length === 0
          ? 'No tenant is declared in TENANTS_FILE, or given by the environment of another process.'
          : `Released ${count(released.length, 'tenant')}: ${released.join(', ')}. They can be changed here from now on, until a process is started that is given them again. What the environment gave is not kept: enter it with tenants set.`,
      );
    }
    case 'rekey': {
      const resealed = await tenants.rekey();
      const { source } = tenants.vault.ring;
      if (isJson) return print(JSON.stringify({ resealed, keys: source }));
      return terminal.line(
        `${resealed === 0 ? 'No secret was sealed under another key' : `Sealed the secrets of ${count(resealed, 'tenant')} anew`}: all that are stored open with the first key in ${source}.`,
      );
    }
    case 'list':
      return list(options);
  }
}

/**
 * Opens the tenants of DATA_DIR, beside whichever host is running there, for as long as they are used.
 *
 * @throws {HostError} also where a tenant is refused, with the exit code for what only a person can fix
 */
export async function useTenants<T>(
  { setup, overrides, env, clock }: FolderOptions,
  use: (tenants: OpenTenants, database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase({ folder: setup.dataDir, ...setup.database, clock });
  const { now } = database;
  try {
    const isOnly = (await database.tenants.list()).length <= 1;
    const tenants = await openTenants({
      ...setup,
      store: database.tenants,
      folder: setup.database ? undefined : setup.dataDir,
      given: givenBy(setup, overrides),
      env,
      now,
      nextDue: (tenant, after) => nextDue({ ...tenant, isActive: true }, after, isOnly) ?? after,
    });
    return await use(tenants, database);
  } catch (error) {
    if (error instanceof TenantError) throw new HostError(error.message, 78, error);
    throw error;
  } finally {
    await database.close();
  }
}

/**
 * Lists, adds, changes and removes tenants. A host may be running in the same folder meanwhile.
 *
 * @returns the exit code
 * @throws {HostError} where an argument is wrong, or the tenant cannot be changed here (78), or the folder cannot be
 *   used
 */
export async function manageTenants(options: TenantsOptions): Promise<number> {
  const what = readAction(options);
  if (what.action === 'list') await list(options);
  else await useTenants(options, (tenants, database) => execute(what, tenants, database, options));
  return 0;
}
