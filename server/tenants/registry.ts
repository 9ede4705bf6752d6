import { randomUUID } from 'node:crypto';
import { bareDomain } from '../../src/settings';
import { HostError } from '../errors';
import { manifest } from '../manifest';
import { type Given, givesTenant, requiredSettings } from './environment-tenant';
import { reseal } from './rekey';
import { isReference, readReference, secretSettings } from './secret-reference';
import { changesOf, merged, normalized, unsealed } from './stored-settings';
import { readOnlyError, TenantError, takenError, unknownError } from './tenant-error';
import {
  checkSchedule,
  isTenantSetting,
  nameProblem,
  settingProblems,
  settingsOfTenant,
  unknownSetting,
} from './tenant-settings';
import type { TenantChange, TenantOrigin, TenantRow, TenantStore } from './tenant-store';
import { isSealed, type Vault } from './vault';

/** A tenant's settings as a run finds them, every one a string, secrets in plain text. Never stored or shown. */
export type ResolvedSettings = Readonly<Record<string, string>>;

/** What is to become of a tenant; what is left out stays. */
export interface TenantInput {
  /** By their names; an empty value removes the setting. Secrets in plain text, or as references. */
  settings?: Readonly<Record<string, string>>;
  schedule?: string;
  timeZone?: string;
  isActive?: boolean;
}

/** Whom to export: the tenants, with what is wrong about any change in words. */
export interface TenantRegistry {
  list(): Promise<TenantRow[]>;
  find(name: string): Promise<TenantRow | undefined>;
  /**
   * The settings as a run finds them: the manifest's defaults, what is kept, with secrets unsealed and references
   * read at this moment, and for the tenant of the environment what that gives.
   *
   * @throws {HostError} where a reference cannot be read or a secret cannot be unsealed: names the setting and remedy
   */
  settingsOf(tenant: TenantRow): Promise<ResolvedSettings>;
  /** Names of settings that come from the environment, arguments or a file, and cannot be changed here. */
  overridden(tenant: TenantRow): ReadonlySet<string>;
  /**
   * Adds a tenant, due at once.
   *
   * @param mayReference whether secrets may be references: not from the Dashboard, whose users may not read this
   *   machine's files and environment
   * @throws {TenantError} `name_taken`, `invalid` with the problems by setting
   */
  add(name: string, input: TenantInput, options: { mayReference: boolean }): Promise<TenantRow>;
  /**
   * Changes a tenant, and notes what was changed in its history.
   *
   * @throws {TenantError} `unknown`, `read_only`, `invalid`
   */
  change(name: string, input: TenantInput, options: { mayReference: boolean }): Promise<TenantRow>;
  /**
   * The settings that a run would find if a tenant were added or changed like this. By the rules of both, so that what
   * is tried out leads a kept secret to no other domain than its own; nothing is kept.
   *
   * @param name of the tenant; `undefined` for one that is yet to be added
   * @throws {TenantError} `unknown`, `read_only`, `invalid`
   */
  tryOut(
    name: string | undefined,
    settings: Readonly<Record<string, string>>,
    options: { mayReference: boolean },
  ): Promise<ResolvedSettings>;
  /**
   * @param keepState whether checkpoint and history stay for a tenant that is added under the name later
   * @throws {TenantError} `unknown`, `read_only`
   */
  remove(name: string, keepState: boolean): Promise<void>;
  changes(tenant: TenantRow, limit: number): Promise<TenantChange[]>;
}

/** What a page may know of where a tenant comes from. */
export type { TenantOrigin };

/** What the registry works with. */
interface RegistryOptions {
  store: TenantStore;
  vault: Vault;
  given: Given;
  /** Path of the file that declares tenants, for sentences; empty where there is none. */
  tenantsFile: string;
  /** IANA name, of tenants that are added without one. */
  timeZone: string;
  /** What references to variables are read from. */
  env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970 of a tenant's next scheduled run after `now`. */
  nextDue: (tenant: Pick<TenantRow, 'name' | 'schedule' | 'timeZone'>, now: number) => number;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** A run may take this long where nothing else is said, in seconds: the next is due in five minutes. */
const RUN_SECONDS = '240';

/** Settings from the environment that hold for all tenants. */
const FOR_ALL = ['MAX_RUN_SECONDS', 'ALLOWED_SLACK_HOSTS'];

/** Tries of a change that others come before. Each time somebody else has succeeded. */
const MOST_TRIES = 20;

const isSameDomain = (one: string, other: string) => bareDomain(one) === bareDomain(other);

/** Makes the registry of the tenants in a store. */
export function createTenantRegistry(options: RegistryOptions): TenantRegistry {
  const { store, vault, given, tenantsFile, env, now } = options;
  const forAll = {
    ...Object.fromEntries(
      FOR_ALL.flatMap((name) => (given.settings[name] ? [[name, given.settings[name]]] : [])),
    ),
    ...given.forAll,
  };
  const isOfEnvironment = (tenant: TenantRow) => tenant.name === given.tenant && tenant.origin !== 'declared';
  const givenTo = (tenant: TenantRow) => (isOfEnvironment(tenant) ? given.settings : {});

  const found = async (name: string): Promise<TenantRow> => {
    const row = await store.find(name);
    if (row) return row;
    throw unknownError(
      name,
      (await store.list()).map((tenant) => tenant.name),
    );
  };
  const refuse = (problems: Record<string, string>) => {
    if (Object.keys(problems).length === 0) return;
    throw new TenantError('invalid', Object.values(problems).join(' '), problems);
  };
  const readOnly = (tenant: TenantRow, what: 'changed' | 'removed') =>
    readOnlyError(tenant, tenantsFile, what);

  /** What is wrong with a secret that comes, or stays, where the tenant's domain becomes another. */
  const domainProblem = (
    before: TenantRow,
    entered: Record<string, string>,
    mayReference: boolean,
  ): string => {
    const kept = before.settings.AUTH0_CLIENT_SECRET ?? '';
    if (givenTo(before).AUTH0_CLIENT_SECRET !== undefined) return '';
    const to = givenTo(before).AUTH0_DOMAIN ?? entered.AUTH0_DOMAIN ?? before.settings.AUTH0_DOMAIN ?? '';
    if (kept === '' || isSameDomain(to, before.settings.AUTH0_DOMAIN ?? to)) return '';
    if (isReference(kept)) {
      return mayReference
        ? ''
        : `AUTH0_DOMAIN cannot be changed here, because AUTH0_CLIENT_SECRET is ${kept}, a secret for that domain. Change both with tenants set ${before.name}.`;
    }
    if (entered.AUTH0_CLIENT_SECRET) return '';
    return 'AUTH0_CLIENT_SECRET must be entered again, because AUTH0_DOMAIN is another tenant now.';
  };

  /** Checks and seals what was entered for a tenant; `problems` are those that are known already. */
  const settle = async (
    before: TenantRow,
    input: TenantInput,
    mayReference: boolean,
    problems: Record<string, string> = {},
  ): Promise<Pick<TenantRow, 'settings' | 'schedule' | 'timeZone' | 'isActive'>> => {
    const entered = normalized(input.settings ?? {});
    const fromOutside = givenTo(before);
    for (const [name, value] of Object.entries(entered)) {
      if (!isTenantSetting(name, mayReference)) problems[name] = unknownSetting(name);
      else if (fromOutside[name] !== undefined) {
        problems[name] =
          `${name} of tenant ${before.name} is given by an environment variable, an argument or config.json. Change it there.`;
      } else if (isReference(value) && secretSettings.includes(name) && !mayReference) {
        problems[name] =
          `${name} begins with ${value.slice(0, value.indexOf(':') + 1)}, as a reference to a secret on this machine. References are set with tenants set ${before.name}, or in TENANTS_FILE; enter the secret itself here.`;
      }
    }
    const domain = domainProblem(before, entered, mayReference);
    if (domain) problems[domain.slice(0, domain.indexOf(' '))] ??= domain;
    if (input.settings) {
      const kept = Object.entries(before.settings).map(([name, value]) => [
        name,
        isSealed(value) ? undefined : value,
      ]);
      const all: Record<string, string | undefined> = { ...Object.fromEntries(kept), ...entered };
      for (const [name, sentence] of Object.entries(settingProblems(all, { ...forAll, ...fromOutside }))) {
        problems[name] ??= sentence;
      }
    }
    for (const [name, set] of [
      ['schedule', isOfEnvironment(before) && given.schedule],
      ['timeZone', isOfEnvironment(before) && given.timeZone],
    ] as const) {
      if (set && input[name] !== undefined && input[name] !== before[name]) {
        problems[name] =
          `The ${name === 'schedule' ? 'schedule' : 'time zone'} of tenant ${before.name} is set by ${name === 'schedule' ? 'SCHEDULE' : 'SCHEDULE_TIMEZONE'}. Change it there.`;
      }
    }
    const timeZone = input.timeZone?.trim() || before.timeZone;
    const checked =
      input.schedule !== undefined || input.timeZone !== undefined
        ? checkSchedule(input.schedule?.trim() || before.schedule, timeZone)
        : { schedule: before.schedule, problems: {} };
    for (const [name, sentence] of Object.entries(checked.problems)) problems[name] ??= sentence;
    refuse(problems);
    const settings = await merged(vault, before, before.settings, entered);
    // A secret is kept with the domain that it is for, also where that comes from outside.
    if (entered.AUTH0_CLIENT_SECRET && fromOutside.AUTH0_DOMAIN)
      settings.AUTH0_DOMAIN = fromOutside.AUTH0_DOMAIN;
    return {
      settings,
      schedule: checked.schedule,
      timeZone,
      isActive: input.isActive ?? before.isActive,
    };
  };

  /** A tenant that is yet to be added. */
  const blankRow = (name: string, at: number): TenantRow => ({
    id: randomUUID(),
    name,
    origin: 'stored',
    settings: {},
    schedule: manifest.schedule,
    timeZone: options.timeZone,
    isActive: true,
    createdAt: new Date(at).toISOString(),
    dueAt: at,
    version: 1,
  });

  const settingsOf = async (tenant: TenantRow): Promise<ResolvedSettings> => {
    const fromOutside = givenTo(tenant);
    const domain = fromOutside.AUTH0_DOMAIN ?? tenant.settings.AUTH0_DOMAIN ?? '';
    const resolved: Record<string, string> = { MAX_RUN_SECONDS: RUN_SECONDS };
    for (const [name, setting] of Object.entries(settingsOfTenant)) resolved[name] = setting.default ?? '';
    for (const [name, kept] of Object.entries(tenant.settings)) {
      if (fromOutside[name] !== undefined) continue;
      if (!secretSettings.includes(name)) {
        resolved[name] = kept;
        continue;
      }
      // A secret meets no other domain than the one that it came with, whoever has changed that one since.
      const isForOther = !isSameDomain(tenant.settings.AUTH0_DOMAIN ?? domain, domain);
      if (name === 'AUTH0_CLIENT_SECRET' && isForOther) continue;
      resolved[name] = isReference(kept)
        ? await readReference({ tenant: tenant.name, setting: name }, kept, env)
        : await unsealed(vault, tenant, name, kept);
    }
    const result = { ...resolved, ...fromOutside, ...forAll, AUTH0_DOMAIN: domain };
    // Nor does a secret from outside meet a domain that somebody has entered.
    const isDomainOurs = fromOutside.AUTH0_CLIENT_SECRET && fromOutside.AUTH0_DOMAIN === undefined;
    return isDomainOurs ? { ...result, AUTH0_CLIENT_SECRET: '' } : result;
  };

  /** Seals anew what was entered and written while the key was changed: the former one may be gone by now. */
  const keepCurrent = async ({ id, settings }: TenantRow, input: TenantInput) => {
    const entered = Object.entries(normalized(input.settings ?? {}));
    const known = new Map(entered.map(([name, value]) => [settings[name] ?? '', value]));
    const sealed = [...known.keys()].filter(isSealed);
    const current = await Promise.all(sealed.map((value) => vault.isCurrent(value)));
    if (current.includes(false)) await reseal(store, vault, { id, known });
  };

  return {
    list: () => store.list(),
    find: (name) => store.find(name),

    settingsOf,

    overridden: (tenant) => {
      if (tenant.origin === 'declared') {
        return new Set([...Object.keys(settingsOfTenant), 'schedule', 'timeZone']);
      }
      const references = secretSettings.filter((name) => isReference(tenant.settings[name] ?? ''));
      return new Set([
        ...Object.keys(givenTo(tenant)),
        ...references,
        ...(references.includes('AUTH0_CLIENT_SECRET') ? ['AUTH0_DOMAIN'] : []),
        ...(isOfEnvironment(tenant) && given.schedule ? ['schedule'] : []),
        ...(isOfEnvironment(tenant) && given.timeZone ? ['timeZone'] : []),
      ]);
    },

    add: async (name, input, { mayReference }) => {
      const wrong = nameProblem(name);
      const at = now();
      if (!wrong && (await store.find(name))) throw takenError(name);
      const blank = blankRow(name, at);
      const known = wrong ? { name: wrong } : {};
      const settled = await settle(blank, { ...input, settings: input.settings ?? {} }, mayReference, known);
      const row = { ...blank, ...settled, dueAt: settled.isActive ? at : null };
      if (!(await store.add(row))) throw takenError(name);
      await keepCurrent(row, input);
      return row;
    },

    change: async (name, input, { mayReference }) => {
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        const before = await found(name);
        const isSwitchOnly =
          input.settings === undefined && input.schedule === undefined && input.timeZone === undefined;
        if (before.origin === 'declared' && !isSwitchOnly) throw readOnly(before, 'changed');
        const settled = await settle(before, input, mayReference);
        const at = now();
        const isRescheduled =
          settled.schedule !== before.schedule ||
          settled.timeZone !== before.timeZone ||
          settled.isActive !== before.isActive;
        const row = { ...before, ...settled };
        if (isRescheduled) row.dueAt = row.isActive ? options.nextDue(row, at) : null;
        const changes = changesOf(before, row, new Date(at).toISOString());
        if (changes.length === 0) return before;
        if (!(await store.replace(row, changes))) continue;
        await keepCurrent(row, input);
        return (await store.find(name)) ?? row;
      }
      throw new HostError(
        `Tenant ${name} is being changed by others all the time. Try again in a minute.`,
        1,
      );
    },

    tryOut: async (name, settings, { mayReference }) => {
      const before = name === undefined ? blankRow('new', now()) : await found(name);
      if (before.origin === 'declared' && Object.keys(settings).length > 0) throw readOnly(before, 'changed');
      const isChanged = name === undefined || Object.keys(settings).length > 0;
      const settled = isChanged ? await settle(before, { settings }, mayReference) : before;
      return settingsOf({ ...before, settings: settled.settings });
    },

    remove: async (name, keepState) => {
      const row = await found(name);
      if (row.origin === 'declared') throw readOnly(row, 'removed');
      // Whoever removes it here may not see the environment of the host that gives it.
      const isKept = requiredSettings.some((setting) => row.settings[setting] !== undefined);
      const isGivenElsewhere = row.origin === 'environment' && !isKept;
      if (isGivenElsewhere || (isOfEnvironment(row) && givesTenant(given))) throw readOnly(row, 'removed');
      await store.remove(row.id, keepState);
    },

    changes: (tenant, limit) => store.changes(tenant.id, limit),
  };
}
