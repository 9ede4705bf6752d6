import type { RequestHandler } from 'express';
import * as v from 'valibot';
import { manifest } from '../../manifest';
import type { TenantStanding } from '../../tenants/overview';
import { HttpError, queryOf } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { tenantState, tenantStates, tenantSummary } from '../tenant-summary';
import { needTenant, pageOf, parseInput } from './input';
import { newTenantFields, value } from './settings';
import type { DashboardInfo, TenantList, TenantState } from './view';

const PER_PAGE = 25;
const DAY_MS = 24 * 60 * 60 * 1000;

/** `GET /api/dashboard`: what all pages need. */
export function answerDashboard({ host, timeZone, sandbox, access }: DashboardDependencies): RequestHandler {
  return async (_request, response) => {
    const { title, name, version, author, description, schedule } = manifest;
    const tenants = await host.registry.list();
    const [first] = tenants;
    const info: DashboardInfo = {
      extension: { title, name, version, author, description, schedule },
      timeZone,
      hasPassword: access.hasPassword,
      fields: newTenantFields(),
      tenants: tenants.length,
      onlyTenant: first && tenants.length === 1 ? first.name : null,
      sandbox,
    };
    response.json(info);
  };
}

const isState = (text: string): text is TenantState => tenantStates.some((state) => state === text);

/**
 * The state that a query asks for; empty for all.
 *
 * @throws {HttpError} 400 `invalid_query`
 */
function stateOf(query: URLSearchParams): TenantState | '' {
  const state = query.get('state') ?? '';
  if (state === '' || isState(state)) return state;
  throw new HttpError(400, 'invalid_query', `state must be one of: ${tenantStates.join(', ')}.`);
}

/** `GET /api/tenants?search=&state=&page=`: a page of the tenants, worst first. */
export function listTenants({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const query = queryOf(request);
    const wanted = stateOf(query);
    const search = (query.get('search') ?? '').trim().toLowerCase();
    const page = pageOf(query);
    const now = host.now();
    const domainOf = ({ tenant }: TenantStanding) => host.registry.shownSettings(tenant).AUTH0_DOMAIN ?? '';
    const all = (await host.overview.standings()).map((standing) => ({
      standing,
      state: tenantState(standing, now),
      domain: domainOf(standing),
    }));
    const counts = Object.fromEntries(
      tenantStates.map((state) => [state, all.filter((one) => one.state === state).length]),
    ) as TenantList['counts'];
    const matching = all
      .filter(
        ({ standing, state, domain }) =>
          (wanted === '' || state === wanted) &&
          (standing.tenant.name.includes(search) || domain.toLowerCase().includes(search)),
      )
      .sort(
        (a, b) =>
          tenantStates.indexOf(a.state) - tenantStates.indexOf(b.state) ||
          (a.standing.tenant.name < b.standing.tenant.name ? -1 : 1),
      );
    const shown = matching.slice((page - 1) * PER_PAGE, page * PER_PAGE);
    const ids = shown.map(({ standing }) => standing.tenant.id);
    const hours = await host.overview.hours(ids, now - DAY_MS);
    const list: TenantList = {
      now: new Date(now).toISOString(),
      tenants: shown.map(({ standing, domain }) =>
        tenantSummary({
          standing,
          domain,
          now,
          hours: hours.get(standing.tenant.id) ?? [],
        }),
      ),
      total: matching.length,
      page,
      perPage: PER_PAGE,
      counts,
    };
    response.json(list);
  };
}

const newTenant = v.object({
  name: value,
  settings: v.record(v.string(), value),
  schedule: v.optional(value),
  timeZone: v.optional(value),
});

/** `POST /api/tenants`: adds a tenant with what was entered in the dialog. */
export function addTenant({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const { name, settings, schedule, timeZone } = parseInput(newTenant, request.body);
    const input = { settings, ...(schedule && { schedule }), ...(timeZone && { timeZone }) };
    await host.registry.add(name.trim(), input, { mayReference: false });
    host.wake();
    response.status(201).end();
  };
}

const removal = v.object({
  /** Whether checkpoint and history stay for a tenant that is added under the name later. */
  keepState: v.boolean(),
  /** Whether the Auth0 application that it works with is deleted, too. */
  deleteApplication: v.optional(v.boolean(), false),
  /** Of the Dashboard, where it has one. */
  password: v.optional(value),
});

/** `POST /api/tenants/NAME/remove`: removes a tenant and, where asked to, its state and its application in Auth0. */
export function removeTenant({ host, access }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const { keepState, deleteApplication, password } = parseInput(removal, request.body);
    const tenant = await needTenant(host, request);
    await access.confirm(request, response, password);
    if (host.runner.running().has(tenant.id)) {
      throw new HttpError(409, 'run_under_way', 'A run is under way. Remove the tenant when it has ended.');
    }
    // With the tenant, its credentials go; a tenant that cannot be removed keeps its application.
    const exporter = deleteApplication ? await host.exporterOf(tenant) : undefined;
    await host.registry.remove(tenant.name, keepState);
    host.wake();
    try {
      await exporter?.deleteClient();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new HttpError(
        502,
        'application_not_deleted',
        `The tenant is removed, but its application could not be deleted: ${reason} Delete it in Auth0 (Applications).`,
      );
    }
    response.status(204).end();
  };
}
