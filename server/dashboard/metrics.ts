import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { exportLag } from '../extension/report/export-lag';
import type { Host } from '../runs/host';
import type { FinishedRun } from '../runs/runner';
import { isOverdue, tenantState } from './tenant-summary';

/** From a run that finds nothing to a long drain. */
const SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 20, 60, 240, 900];
const PREFIX = 'logs_to_segment_';

/** What a monitoring system is told. */
export interface Metrics {
  /** Counts a run that has ended. */
  countRun(run: FinishedRun): void;
  /** Counts an answer 429. */
  countRateLimit(service: 'auth0' | 'segment' | 'slack' | 'other'): void;
  /** In Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Makes the metrics; counters count since this process started. */
export function createMetrics(host: Pick<Host, 'overview' | 'now' | 'runner'>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `${PREFIX}${name}_total`, help, labelNames, registers });
  const runs = counter('runs', 'Runs that have ended, by their result', ['tenant', 'result']);
  const logsRead = counter('logs_read', 'Logs that were read from Auth0', ['tenant']);
  const logs = counter('logs_processed', 'Sign-ups, logins and failed logins that were dealt with', [
    'tenant',
  ]);
  const events = counter('events', 'Tracks that were delivered to Segment, by event', ['tenant', 'event']);
  const rejected = counter('rejected', 'Calls that Segment rejected for good', ['tenant']);
  const skipped = counter('skipped', 'Logs that name no user', ['tenant']);
  const requests = counter('requests', 'Requests that were sent, by purpose', ['tenant', 'purpose']);
  const perTenant = [runs, logsRead, logs, events, rejected, skipped, requests];
  const rateLimited = counter('rate_limited', 'Requests that were answered with 429', ['service']);
  for (const service of ['auth0', 'segment', 'slack']) rateLimited.inc({ service }, 0);
  const duration = new Histogram({
    name: `${PREFIX}run_duration_seconds`,
    help: 'How long runs took',
    buckets: SECONDS,
    registers,
  });
  const gauge = (name: string, help: string, labelNames: string[] = ['tenant']) =>
    new Gauge({ name: `${PREFIX}${name}`, help, labelNames, registers });
  const lag = gauge('lag_seconds', 'How far the export is behind real time');
  const active = gauge('tenant_active', '1 while the schedule of the tenant is kept');
  const overdue = gauge('tenant_overdue', '1 while a run of the tenant is due and has not begun');
  const succeeded = gauge('last_run_success', '1 where the last run of the tenant succeeded');
  const running = gauge('runs_running', 'Runs that are under way in this process', []);
  collectDefaultMetrics({ register: registry });

  /** Sets the gauges of the tenants as they are now; what is known of one that was removed goes. */
  const look = async () => {
    const now = host.now();
    const standings = await host.overview.standings();
    for (const metric of [lag, active, overdue, succeeded]) metric.reset();
    running.set({}, host.runner.running().size);
    for (const standing of standings) {
      const tenant = standing.tenant.name;
      const { lag: behind } = exportLag(standing.state, standing.lastRuns, now);
      if (behind !== null) lag.set({ tenant }, behind / 1000);
      active.set({ tenant }, standing.tenant.isActive ? 1 : 0);
      overdue.set({ tenant }, isOverdue(standing, now) ? 1 : 0);
      const state = tenantState(standing, now);
      if (standing.lastRuns.length > 0) succeeded.set({ tenant }, state === 'failing' ? 0 : 1);
    }
    const names = new Set(standings.map(({ tenant }) => tenant.name));
    for (const metric of perTenant) {
      for (const { labels } of (await metric.get()).values) {
        if (!names.has(String(labels.tenant))) metric.remove(labels);
      }
    }
  };

  return {
    contentType: registry.contentType,
    text: async () => {
      await look();
      return registry.metrics();
    },
    countRateLimit: (service) => rateLimited.inc({ service }),
    countRun: ({ tenant: { name: tenant }, answer }) => {
      // Where another process runs the tenant, that one counts.
      if (answer.statusCode === 409) return;
      const record = answer.body.status;
      const result = record.error ? 'error' : 'success';
      for (const one of ['success', 'error']) runs.inc({ tenant, result: one }, one === result ? 1 : 0);
      duration.observe((Date.parse(record.end) - Date.parse(record.start)) / 1000);
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
