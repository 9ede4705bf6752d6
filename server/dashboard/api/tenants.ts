import type { RequestHandler } from 'express';
import { eventsSent, hasFailed } from '../../../src/run-words';
import { parseSettings } from '../../../src/settings';
import { webhookDigest } from '../../../src/slack/reporter';
import { lastStartOf } from '../../../src/storage/run-history';
import { isPaused } from '../../log-streams/stream-state';
import type { Host } from '../../runs/host';
import type { HourSums, TenantStanding } from '../../tenants/overview';
import type { TenantRow } from '../../tenants/tenant-store';
import { HttpError, queryOf } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { settingsOrProblem } from './fields';
import { pageOf } from './input';
import { outcomeOf } from './run-summary';
import { type Judgement, judge, worstFirst } from './tenant-state';
import { type TenantList, type TenantState, type TenantSummary, tenantStates } from './view';

const PER_PAGE = 25;
/** Longer than any name or domain. */
const LONGEST_SEARCH = 300;
const HOUR_MS = 60 * 60 * 1000;
const DAY_HOURS = 24;

/** A tenant, and how it does. */
export interface JudgedTenant {
  standing: TenantStanding;
  domain: string;
  judgement: Judgement;
}

/** A tenant's domain; that of the tenant of the environment is not kept. */
async function domainOf(host: Pick<Host, 'registry'>, tenant: TenantRow): Promise<string> {
  const kept = tenant.settings.AUTH0_DOMAIN ?? '';
  if (tenant.origin !== 'environment') return kept;
  return (await settingsOrProblem(host, tenant)).settings.AUTH0_DOMAIN || kept;
}

/** Judges a tenant by what is known of it, and by what this process does. */
export async function judgeTenant(
  host: Pick<Host, 'registry' | 'runner' | 'now'>,
  standing: TenantStanding,
): Promise<JudgedTenant> {
  const judgement = judge(standing, host.now());
  const isRunning = judgement.isRunning || host.runner.running().has(standing.tenant.id);
  return {
    standing,
    domain: await domainOf(host, standing.tenant),
    judgement: { ...judgement, isRunning },
  };
}

/** The newest report that Slack did not take, where it is still sent to that webhook. */
async function slackFailureOf(
  host: Pick<Host, 'registry'>,
  { tenant, state: { slackFailure } }: TenantStanding,
): Promise<TenantSummary['slackFailure']> {
  if (!slackFailure) return null;
  const { settings } = await settingsOrProblem(host, tenant);
  const { webhook } = parseSettings((name) => settings[name]).slack;
  const { at, message } = slackFailure;
  return webhook && webhookDigest(webhook) === slackFailure.webhook ? { at, message } : null;
}

/** What is known of each hour of the last day, and since midnight. */
function hoursOf(sums: readonly HourSums[], now: number): Pick<TenantSummary, 'hours' | 'eventsToday'> {
  const byHour = new Map(sums.map((one) => [Date.parse(one.hour), one]));
  const thisHour = Math.floor(now / HOUR_MS) * HOUR_MS;
  const hours = Array.from({ length: DAY_HOURS }, (_, place) => {
    const {
      events = 0,
      replayed = 0,
      failed = 0,
    } = byHour.get(thisHour - (DAY_HOURS - 1 - place) * HOUR_MS) ?? {};
    return { events, replayed, failed };
  });
  const sinceMidnight = new Date(now).getUTCHours() + 1;
  const eventsToday = hours
    .slice(-sinceMidnight)
    .reduce((sum, { events, replayed }) => sum + events - replayed, 0);
  return { hours: hours.map(({ events, failed }) => ({ events, failed })), eventsToday };
}

/** Tenants as the list shows them. */
export async function summarize(
  host: Pick<Host, 'overview' | 'logStreams' | 'registry' | 'now'>,
  judged: readonly JudgedTenant[],
): Promise<TenantSummary[]> {
  const { overview, logStreams, now } = host;
  const from = Math.floor(now() / HOUR_MS) * HOUR_MS - (DAY_HOURS - 1) * HOUR_MS;
  const hours = await overview.hours(
    judged.map(({ standing }) => standing.tenant.id),
    from,
  );
  const streams = await logStreams.list();
  const paused = new Set(
    streams.filter(({ state }) => isPaused(state, now())).map(({ tenantId }) => tenantId),
  );
  const slackFailures = await Promise.all(judged.map(({ standing }) => slackFailureOf(host, standing)));
  return judged.map(({ standing: { tenant, lastRuns, rejected }, domain, judgement }, place) => {
    const last = lastRuns.at(-1);
    return {
      name: tenant.name,
      domain,
      origin: tenant.origin,
      state: judgement.word,
      isRunning: judgement.isRunning,
      lag: judgement.lag.lag,
      trend: judgement.lag.trend,
      lastRun: last
        ? {
            start: lastStartOf(last),
            failed: hasFailed(last),
            outcome: outcomeOf(last),
            eventsSent: eventsSent(last),
            rejected: last.rejected.length,
          }
        : null,
      slackFailure: slackFailures[place] ?? null,
      rejected,
      isStreamPaused: paused.has(tenant.id),
      nextRun: tenant.isActive && tenant.dueAt !== null ? new Date(tenant.dueAt).toISOString() : null,
      ...hoursOf(hours.get(tenant.id) ?? [], now()),
    };
  });
}

/** What tenants are compared by. */
const comparable = ({ standing, judgement: { word, lag } }: JudgedTenant) => ({
  name: standing.tenant.name,
  state: word,
  lag: lag.lag,
});

/**
 * The tenants that are asked for, worst first, and how many are in each state.
 *
 * @param search part of a name or domain, in any case
 * @param state `undefined`: all
 */
function selectTenants(
  judged: readonly JudgedTenant[],
  { search, state }: { search: string; state: TenantState | undefined },
): { matching: JudgedTenant[]; counts: Record<TenantState, number> } {
  const counts = {
    failing: 0,
    overdue: 0,
    behind: 0,
    incomplete: 0,
    'catching-up': 0,
    new: 0,
    ok: 0,
    off: 0,
  };
  for (const { judgement } of judged) counts[judgement.word] += 1;
  const wanted = search.trim().toLowerCase();
  const matching = judged.filter(
    ({ standing, domain, judgement }) =>
      (state === undefined || judgement.word === state) &&
      (standing.tenant.name.includes(wanted) || domain.toLowerCase().includes(wanted)),
  );
  return { matching: matching.sort((one, other) => worstFirst(comparable(one), comparable(other))), counts };
}

/**
 * The state that a query asks for.
 *
 * @throws {HttpError} 400 `invalid_query`
 */
function stateOf(query: URLSearchParams): TenantState | undefined {
  const text = query.get('state') ?? '';
  const state = tenantStates.find((one) => one === text);
  if (state || text === '') return state;
  throw new HttpError(400, 'invalid_query', `state must be one of: ${tenantStates.join(', ')}.`);
}

/** `GET /api/tenants`: a page of the tenants. */
export function answerTenants({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const query = queryOf(request);
    const page = pageOf(query);
    const state = stateOf(query);
    const search = (query.get('search') ?? '').slice(0, LONGEST_SEARCH);
    const standings = await host.overview.standings();
    const judged = await Promise.all(standings.map((standing) => judgeTenant(host, standing)));
    const { matching, counts } = selectTenants(judged, { search, state });
    const first = (page - 1) * PER_PAGE;
    const list: TenantList = {
      now: new Date(host.now()).toISOString(),
      tenants: await summarize(host, matching.slice(first, first + PER_PAGE)),
      total: matching.length,
      page,
      perPage: PER_PAGE,
      counts,
    };
    response.json(list);
  };
}
