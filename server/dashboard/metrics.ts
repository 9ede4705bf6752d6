import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { hasFailed } from '../../src/run-words';
import { countReplacedValues } from '../database/storable';
import type { NotedTriggers } from '../log-streams/log-streams';
import { isPaused, silenceOf } from '../log-streams/stream-state';
import { serviceOf } from '../runs/answers';
import type { Host } from '../runs/host';
import type { FinishedRun } from '../runs/runner';
import { settingsOrProblem } from './api/fields';
import { isOverdue, judge } from './api/tenant-state';

/** From a run that finds nothing to a long drain. */
const SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 20, 60, 240, 900];
/** From a log that a log stream has announced to one that has waited for the schedule, and longer. */
const AGES = [1, 2, 3, 5, 8, 15, 30, 60, 300, 900, 3_600];
const PREFIX = 'logs_to_segment_';

/** What a monitoring system is told. */
export interface Metrics {
  /** Counts a run that has ended. */
  countRun(run: FinishedRun): void;
  /** Counts what log streams have announced. */
  countTriggers(noted: NotedTriggers): void;
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
  host: Pick<Host, 'registry' | 'overview' | 'logStreams' | 'now' | 'queue' | 'workers'>,
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
  const triggers = counter('triggers', 'Posts of log streams', ['tenant']);
  const coalesced = counter(
    'triggers_coalesced',
    'Of them, those that asked for no run of their own: one was asked for already, or nothing new was announced',
    ['tenant'],
  );
  const ofTenants = [runs, logsRead, logs, events, rejected, skipped, requests, triggers, coalesced];
  const rateLimited = counter('rate_limited', 'Requests that were answered with 429', ['service']);
  for (const service of ['auth0', 'segment', 'slack']) rateLimited.inc({ service }, 0);
  new Counter({
    name: `${PREFIX}unstorable_values_total`,
    help: 'Values with NUL characters or lone surrogates, which were replaced because no database can store them',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(countReplacedValues());
    },
  });
  const duration = new Histogram({
    name: `${PREFIX}run_duration_seconds`,
    help: 'How long runs took, of all tenants',
    buckets: SECONDS,
    registers: [registry],
  });
  const age = new Histogram({
    name: `${PREFIX}newest_log_age_seconds`,
    help: 'How old the newest log of a run was when it had been delivered, of all tenants',
    buckets: AGES,
    registers: [registry],
  });
  const silence = gauge(
    'trigger_silence_seconds',
    'Seconds since the last post of the log stream, while logs were exported that it has not announced; else 0',
  );
  const paused = gauge('log_stream_paused', '1 where Auth0 seems to have paused the log stream');
  const lag = gauge('lag_seconds', 'How far the export is behind real time');
  const active = gauge('tenant_active', '1 while the schedule is switched on');
  const overdue = gauge('tenant_overdue', '1 while no run has begun for much longer than the schedule says');
  const success = gauge(
    'last_run_success',
    '1 where the last run succeeded or was cancelled, 0 where it failed',
  );
  const gauges = [lag, active, overdue, success, silence, paused];
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
    for (const result of ['success', 'error', 'cancelled']) runs.inc({ tenant, result }, 0);
    for (const one of [logsRead, logs, rejected, skipped, triggers, coalesced]) one.inc({ tenant }, 0);
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
    for (const { tenant, state } of await host.logStreams.list()) {
      silence.set({ tenant }, silenceOf(state, now) / 1000);
      paused.set({ tenant }, isPaused(state, now) ? 1 : 0);
    }
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
      if (last) success.set({ tenant }, hasFailed(last) ? 0 : 1);
    }
  };

  return {
    contentType: registry.contentType,
    text: async () => {
      await look();
      return registry.metrics();
    },
    countTriggers: (noted) => {
      begin(noted.tenant);
      triggers.inc({ tenant: noted.tenant }, noted.count);
      coalesced.inc({ tenant: noted.tenant }, noted.coalesced);
    },
    countRateLimit: (origin) => {
      serviceAt(origin).then(
        (service) => rateLimited.inc({ service }),
        () => rateLimited.inc({ service: serviceOf(origin, {}) }),
      );
    },
    countRun: ({ tenant: { name: tenant }, answer: { statusCode, body } }) => {
      begin(tenant);
      const failed = 'status' in body ? hasFailed(body.status) : true;
      runs.inc({ tenant, result: statusCode === 200 ? 'success' : failed ? 'error' : 'cancelled' });
      if (!('status' in body)) return;
      const record = body.status;
      duration.observe(Math.max(0, Date.parse(record.end) - Date.parse(record.start)) / 1000);
      const newest = Date.parse(record.checkpointDate ?? '');
      if (statusCode === 200 && record.logsProcessed > 0 && !Number.isNaN(newest)) {
        age.observe(Math.max(0, Date.parse(record.end) - newest) / 1000);
      }
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
