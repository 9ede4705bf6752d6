import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { serviceOf } from '../runs/answers';
import type { Host } from '../runs/host';
import type { FinishedRun } from '../runs/runner';
import { settingsOrProblem } from './api/fields';
import { isOverdue, judge } from './api/tenant-state';

/** From a run that finds nothing to a long drain. */
const SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 20, 60, 240, 900];
const PREFIX = 'logs_to_segment_';

/** What a monitoring system is told. */
export interface Metrics {
  /** Counts a run that has ended. */
  countRun(run: FinishedRun): void;
  /** Counts an answer 429, by the origin that gave it. */
  countRateLimit(origin: string): void;
  /** In Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Finds out whose server an origin is. */
function createServices(host: Pick<Host, 'registry'>) {
  const known = new Map<string, ReturnType<typeof serviceOf>>();
  return async (origin: string): Promise<ReturnType<typeof serviceOf>> => {
    const found = known.get(origin);
    if (found) return found;
    for (const tenant of await host.registry.list()) {
      const plain =
        tenant.origin !== 'environment' ? tenant.settings : (await settingsOrProblem(host, tenant)).settings;
      const service = serviceOf(origin, plain);
      if (service === 'other') continue;
      known.set(origin, service);
      return service;
    }
    return /\/\/hooks\.slack(-gov)?\.com$/.test(origin) ? 'slack' : serviceOf(origin, {});
  };
}

/** Makes the metrics: counters since this process started, gauges as the database has them. */
export function createMetrics(
  host: Pick<Host, 'registry' | 'overview' | 'now' | 'queue' | 'workers'>,
): Metrics {
  const registry = new Registry();
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `${PREFIX}${name}_total`, help, labelNames, registers: [registry] });
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `${PREFIX}${name}`, help, labelNames: ['tenant'], registers: [registry] });
  /** Of the queue, which there is with several processes only. */
  const own = (name: string, help: string) => new Gauge({ name: `${PREFIX}${name}`, help, registers: [] });
  const runs = counter('runs', 'Runs that have ended, by their result', ['tenant', 'result']);
  const logsRead = counter('logs_read', 'Logs that were read from Auth0', ['tenant']);
  const logs = counter('logs_processed', 'Sign-ups, logins and failed logins that were dealt with', [
    'tenant',
  ]);
  const events = counter('events', 'Tracks that were delivered to Segment, by event', ['tenant', 'event']);
  const rejected = counter('rejected', 'Calls that Segment refused for good', ['tenant']);
  const skipped = counter('skipped', 'Logs that name no user', ['tenant']);
  const requests = counter('requests', 'Requests that were sent, by purpose', ['tenant', 'purpose']);
  const ofTenants = [runs, logsRead, logs, events, rejected, skipped, requests];
  const rateLimited = counter('rate_limited', 'Requests that were answered with 429', ['service']);
  for (const service of ['auth0', 'segment', 'slack']) rateLimited.inc({ service }, 0);
  const duration = new Histogram({
    name: `${PREFIX}run_duration_seconds`,
    help: 'How long runs took, of all tenants',
    buckets: SECONDS,
    registers: [registry],
  });
  const lag = gauge('lag_seconds', 'How far the export is behind real time');
  const active = gauge('tenant_active', '1 while the schedule is switched on');
  const overdue = gauge('tenant_overdue', '1 while no run has begun for much longer than the schedule says');
  const success = gauge('last_run_success', '1 where the last run succeeded, 0 where it failed');
  const gauges = [lag, active, overdue, success];
  const runsWaiting = own('queue_waiting', 'Runs that wait for a process that is free');
  const runsActive = own('queue_active', 'Runs that a process has taken');
  const oldestWait = own('queue_oldest_wait_seconds', 'How long the oldest run has waited for a process');
  const deadRuns = own(
    'queue_dead',
    'Runs given up within a day, because the processes that took them ended',
  );
  const workers = new Gauge({
    name: `${PREFIX}processes`,
    help: 'Processes that were heard of within a minute, by their role',
    labelNames: ['role'],
    registers: [],
  });
  collectDefaultMetrics({ register: registry });
  const serviceAt = createServices(host);

  /** Names of the tenants that are counted. */
  const counted = new Set<string>();
  const begin = (tenant: string) => {
    if (counted.has(tenant)) return;
    counted.add(tenant);
    for (const result of ['success', 'error']) runs.inc({ tenant, result }, 0);
    for (const one of [logsRead, logs, rejected, skipped]) one.inc({ tenant }, 0);
  };
  const forget = async (isThere: (tenant: string) => boolean) => {
    const gone = new Set([...counted].filter((tenant) => !isThere(tenant)));
    if (gone.size === 0) return;
    for (const one of ofTenants) {
      for (const { labels } of (await one.get()).values) {
        if (gone.has(String(labels.tenant))) one.remove(labels);
      }
    }
    for (const tenant of gone) counted.delete(tenant);
  };
  const lookAtQueue = async () => {
    const depth = await host.queue();
    if (!depth) return;
    for (const one of [runsWaiting, runsActive, oldestWait, deadRuns, workers]) {
      registry.registerMetric(one);
    }
    runsWaiting.set(depth.waiting);
    runsActive.set(depth.active);
    oldestWait.set(depth.oldestWaitMs / 1000);
    deadRuns.set(depth.dead);
    workers.reset();
    for (const { role } of await host.workers()) workers.inc({ role });
  };
  const look = async () => {
    await lookAtQueue();
    const standings = await host.overview.standings();
    const now = host.now();
    for (const one of gauges) one.reset();
    const names = new Set(standings.map(({ tenant }) => tenant.name));
    await forget((tenant) => names.has(tenant));
    for (const standing of standings) {
      const { name: tenant, isActive } = standing.tenant;
      begin(tenant);
      active.set({ tenant }, isActive ? 1 : 0);
      overdue.set({ tenant }, isOverdue(standing.tenant, now) ? 1 : 0);
      const behind = judge(standing, now).lag.lag;
      if (behind !== null) lag.set({ tenant }, behind / 1000);
      const last = standing.lastRuns.at(-1);
      if (last) success.set({ tenant }, last.error ? 0 : 1);
    }
  };

  return {
    contentType: registry.contentType,
    text: async () => {
      await look();
      return registry.metrics();
    },
    countRateLimit: (origin) => {
      serviceAt(origin).then(
        (service) => rateLimited.inc({ service }),
        () => rateLimited.inc({ service: serviceOf(origin, {}) }),
      );
    },
    countRun: ({ tenant: { name: tenant }, answer: { statusCode, body } }) => {
      begin(tenant);
      runs.inc({ tenant, result: statusCode === 200 ? 'success' : 'error' });
      if (!('status' in body)) return;
      const record = body.status;
      duration.observe(Math.max(0, Date.parse(record.end) - Date.parse(record.start)) / 1000);
      logsRead.inc({ tenant }, record.logsRead);
      logs.inc({ tenant }, record.logsProcessed);
      skipped.inc({ tenant }, record.skipped);
      rejected.inc({ tenant }, record.rejected.length);
      for (const [event, count] of Object.entries(record.events ?? {})) events.inc({ tenant, event }, count);
      for (const [purpose, count] of Object.entries(record.requests ?? {})) {
        requests.inc({ tenant, purpose }, count);
      }
    },
  };
}
