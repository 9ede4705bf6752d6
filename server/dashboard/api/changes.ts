import type { RequestHandler } from 'express';
import * as v from 'valibot';
import { systemClock } from '../../../src/time';
import { failureInWords } from '../../errors';
import { withStartFound } from '../../tenants/find-start';
import { TenantError } from '../../tenants/tenant-error';
import type { TenantRow } from '../../tenants/tenant-store';
import { HttpError } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { fieldsOf, settingsOrProblem } from './fields';
import { needTenant, parseInput } from './input';
import { runUnderWay } from './runs';
import type { Field } from './view';

/** Longer than anything that a setting can mean. */
const LONGEST_VALUE = 2_000;
/** More settings than there are. */
const MOST_SETTINGS = 100;
/** Nobody who sends settings may name the references that only this machine's user may. */
export const FROM_BROWSER = { mayReference: false };

/** A value that somebody has entered. */
export const value = v.pipe(v.string(), v.maxLength(LONGEST_VALUE));
/** Settings by their names, as a form sends them. */
export const settingValues = v.pipe(
  v.record(v.string(), value),
  v.check((settings) => Object.keys(settings).length <= MOST_SETTINGS),
);
const password = v.optional(v.string());

const newTenant = v.object({
  name: value,
  settings: settingValues,
  schedule: v.optional(value),
  timeZone: v.optional(value),
});

/** What Auth0 is asked with for the log of a word or a date in START_FROM. */
const finding = ({ registry }: DashboardDependencies['host']) => ({
  registry,
  clock: systemClock,
  fetch: globalThis.fetch,
  ...FROM_BROWSER,
});

/** `POST /api/tenants`: installs the extension for another tenant. */
export function addTenant({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const { name, settings, schedule, timeZone } = parseInput(newTenant, request.body);
    const tenant = await host.registry.add(
      name,
      {
        settings: await withStartFound(undefined, settings, finding(host)),
        ...(schedule === undefined ? {} : { schedule }),
        ...(timeZone === undefined ? {} : { timeZone }),
      },
      FROM_BROWSER,
    );
    host.wake();
    response.locals.change = `installed the extension for tenant ${tenant.name}`;
    response.status(201).json({ name: tenant.name });
  };
}

/** What the export signs in with, and where it goes and reports: whoever took reports away would not be noticed. */
const CREDENTIALS = [
  'AUTH0_DOMAIN',
  'AUTH0_CLIENT_ID',
  'AUTH0_CLIENT_SECRET',
  'SEGMENT_KEY',
  'SLACK_INCOMING_WEBHOOK',
];

/**
 * What the form asks for: a password that was left empty stays, unless it is to go, and so does what comes from
 * elsewhere and was sent back as it was shown.
 */
export function toChange(
  fields: readonly Field[],
  { settings, clear }: { settings: Readonly<Record<string, string>>; clear: readonly string[] },
): Record<string, string> {
  const change = Object.fromEntries(Object.entries(settings).map(([name, text]) => [name, text.trim()]));
  for (const { name, kind, setBy, value } of fields) {
    if (kind === 'password' && change[name] === '') delete change[name];
    if (kind === 'password' && clear.includes(name)) change[name] ??= '';
    if (setBy !== '' && (change[name] === value || change[name] === '')) delete change[name];
  }
  return change;
}

const settingsChange = v.object({
  settings: settingValues,
  clear: v.optional(v.array(v.string()), []),
  password,
});

/** `POST /api/tenants/NAME/settings`: changes the settings; the next run works with them. */
export function saveSettings({ host, access }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const input = parseInput(settingsChange, request.body);
    const tenant = await needTenant(host, request);
    const { settings: before } = await settingsOrProblem(host, tenant);
    const fields = fieldsOf(tenant, before, host.registry.overridden(tenant));
    const change = toChange(fields, input);
    // What is the same is not sent on: somebody may have changed it meanwhile, which takes the password.
    for (const name of CREDENTIALS) if (change[name] === before[name]) delete change[name];
    const isConfirmed = CREDENTIALS.some((name) => change[name] !== undefined);
    if (isConfirmed && tenant.origin !== 'declared') await access.confirm(request, response, input.password);
    const found = await withStartFound(tenant.name, change, finding(host));
    await host.registry.change(tenant.name, { settings: found }, FROM_BROWSER);
    host.wake();
    response.locals.change = `changed the settings of tenant ${tenant.name}`;
    response.status(204).end();
  };
}

const newSchedule = v.object({ schedule: value, timeZone: value });

/** `POST /api/tenants/NAME/schedule`: reschedules a tenant, from this moment on. */
export function reschedule({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const { name } = await needTenant(host, request);
    await host.registry.change(name, parseInput(newSchedule, request.body), FROM_BROWSER);
    host.wake();
    response.locals.change = `changed the schedule of tenant ${name}`;
    response.status(204).end();
  };
}

const newState = v.object({ isActive: v.boolean() });

/** `POST /api/tenants/NAME/state`: lets the schedule run, or not. A run under way continues to its end. */
export function switchTenant({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const { name } = await needTenant(host, request);
    const { isActive } = parseInput(newState, request.body);
    await host.registry.change(name, { isActive }, FROM_BROWSER);
    host.wake();
    response.locals.change = `switched tenant ${name} ${isActive ? 'on' : 'off'}`;
    response.status(204).end();
  };
}

/** @throws {HttpError} 409 `run_under_way` */
export async function needNoRun(
  { host }: Pick<DashboardDependencies, 'host'>,
  tenant: TenantRow,
  remedy: string,
): Promise<void> {
  if (!(await runUnderWay(host, tenant))) return;
  throw new HttpError(409, 'run_under_way', `A run of tenant ${tenant.name} is under way. ${remedy}`);
}

/** @throws {HttpError} 503 `nothing_stored` */
export async function needStorage({ host }: Pick<DashboardDependencies, 'host'>): Promise<void> {
  const trouble = await host.trouble();
  if (trouble) throw new HttpError(503, 'nothing_stored', trouble.message);
}

/** `POST /api/tenants/NAME/run`: begins a run. */
export function runNow(parts: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const tenant = await needTenant(parts.host, request);
    await needNoRun(parts, tenant, 'Wait until it has ended.');
    await needStorage(parts);
    await parts.host.ask(tenant, 'manual');
    response.locals.change = `started a run of tenant ${tenant.name}`;
    response.status(204).end();
  };
}

/** `POST /api/tenants/NAME/cancel`: ends the run under way; it finishes its batch, and is recorded as cancelled. */
export function cancelRun({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const tenant = await needTenant(host, request);
    if (!(await host.cancel(tenant))) {
      const isElsewhere = (await runUnderWay(host, tenant)) !== undefined;
      throw new HttpError(
        409,
        'nothing_to_cancel',
        isElsewhere
          ? host.isShared
            ? `The run of tenant ${tenant.name} is ending already, or a command runs it. Wait until it has ended.`
            : `The run of tenant ${tenant.name} belongs to another process. Stop it there, or wait until it has ended.`
          : `No run of tenant ${tenant.name} is under way. Load the page again.`,
      );
    }
    response.locals.change = `cancelled the run of tenant ${tenant.name}`;
    response.status(204).end();
  };
}

const removal = v.object({
  keepState: v.boolean(),
  deleteApplication: v.optional(v.boolean(), false),
  password,
});

/** @throws {HttpError} 502 where the tenant does not delete it */
async function deleteApplication({ host }: DashboardDependencies, tenant: TenantRow): Promise<void> {
  if (tenant.origin !== 'stored') {
    throw new TenantError(
      'read_only',
      `Tenant ${tenant.name} does not belong to the Dashboard, so its application is not deleted here. Delete it in Auth0 under Applications.`,
    );
  }
  try {
    const exporter = await host.exporterOf(tenant);
    await exporter.deleteClient();
  } catch (error) {
    const reason = failureInWords(error);
    throw new HttpError(
      502,
      'application_not_deleted',
      `The application could not be deleted in Auth0, so nothing was removed: ${reason} Remove the tenant without it, or try again.`,
    );
  }
}

/** `POST /api/tenants/NAME/remove`: removes a tenant and, where asked to, its state and its application. */
export function removeTenant(parts: DashboardDependencies): RequestHandler {
  const { host, access } = parts;
  return async (request, response) => {
    const input = parseInput(removal, request.body);
    const tenant = await needTenant(host, request);
    await access.confirm(request, response, input.password);
    await needNoRun(parts, tenant, 'Remove it when it has ended.');
    if (input.deleteApplication) await deleteApplication(parts, tenant);
    await host.registry.remove(tenant.name, input.keepState);
    host.lastEventsOf(tenant)?.forget(tenant.id);
    host.wake();
    response.locals.change = `removed tenant ${tenant.name}`;
    response.status(204).end();
  };
}
