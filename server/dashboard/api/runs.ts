import type { RequestHandler } from 'express';
import * as v from 'valibot';
import { standingOf } from '../../../src/storage/lease';
import { runsIn } from '../../../src/storage/run-history';
import type { Lease } from '../../../src/storage/run-state';
import type { RunPage } from '../../../src/storage/run-store';
import { troubleInWords } from '../../errors';
import { toReportRun } from '../../extension/report/report';
import type { Host } from '../../runs/host';
import type { RunTrigger } from '../../runs/run-notes';
import type { TenantRow } from '../../tenants/tenant-store';
import { HttpError, queryOf } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { eventsSent, outcomeOf } from '../tenant-summary';
import { needTenant, pageOf, parseInput } from './input';
import { value } from './settings';
import type { RunDetails, RunList, RunSummary } from './view';

const PER_PAGE = 20;

/** The lease of the run of a tenant that is under way, in this process or another. */
async function heldLease(host: Pick<Host, 'storeOf' | 'now'>, tenant: TenantRow): Promise<Lease | null> {
  const state = await host.storeOf(tenant).state.read();
  return standingOf(state, host.now(), 0) === 'held' ? state.lease : null;
}

function endedRun(record: RunPage['runs'][number], trigger: RunTrigger | undefined): RunSummary {
  return {
    id: record.id ?? '',
    trigger: trigger ?? null,
    start: record.start,
    end: record.end,
    runs: runsIn(record),
    result: record.error ? 'failed' : 'succeeded',
    outcome: outcomeOf(record),
    eventsSent: eventsSent(record),
    rejected: record.rejected.length,
  };
}

function runningRun({ owner, startedAt, progress }: Lease, trigger: RunTrigger | undefined): RunSummary {
  return {
    id: owner,
    trigger: trigger ?? null,
    start: startedAt,
    end: null,
    runs: 1,
    result: 'running',
    outcome: 'Running',
    eventsSent: eventsSent(progress),
    rejected: progress.rejected.length,
  };
}

/** `GET /api/tenants/NAME/runs?page=&filter=failed`: a page of the runs, newest first. */
export function listRuns({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const query = queryOf(request);
    const page = pageOf(query);
    const filter = query.get('filter') ?? '';
    if (filter !== '' && filter !== 'failed') {
      throw new HttpError(400, 'invalid_query', 'filter must be failed, or left out.');
    }
    const tenant = await needTenant(host, request);
    const { runs, total } = await host.storeOf(tenant).history.list({
      offset: (page - 1) * PER_PAGE,
      limit: PER_PAGE,
      failedOnly: filter === 'failed',
    });
    const running = page === 1 && filter === '' ? await heldLease(host, tenant) : null;
    const ids = [...runs.flatMap(({ id }) => id ?? []), ...(running ? [running.owner] : [])];
    const triggers = await host.notes.triggers(tenant.id, ids);
    const list: RunList = {
      runs: [
        ...(running ? [runningRun(running, triggers.get(running.owner))] : []),
        ...runs.map((record) => endedRun(record, triggers.get(record.id ?? ''))),
      ],
      total,
      page,
      perPage: PER_PAGE,
    };
    response.json(list);
  };
}

/** `GET /api/tenants/NAME/runs/ID`: a run with its record and what it logged. */
export function answerRun({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const tenant = await needTenant(host, request);
    const id = String(request.params.id ?? '');
    const { runs } = await host.storeOf(tenant).history.list({ offset: 0, limit: 1, id });
    const note = await host.notes.find(tenant.id, id);
    const lease = await heldLease(host, tenant);
    const [record] = runs;
    const summary = record
      ? endedRun(record, note?.trigger)
      : lease?.owner === id
        ? runningRun(lease, note?.trigger)
        : undefined;
    if (!summary) {
      throw new HttpError(404, 'unknown_run', 'There is no such run, or it is too long ago to be kept.');
    }
    const details: RunDetails = {
      ...summary,
      record: record ? toReportRun(record) : null,
      dueAt: note?.dueAt ?? null,
      lines: note?.lines ?? [],
      linesLeftOut: note?.linesLeftOut ?? 0,
    };
    response.json(details);
  };
}

/**
 * Begins a run that somebody wants now.
 *
 * @throws {HttpError} 409 `run_under_way`
 */
async function beginRun(host: Host, tenant: TenantRow): Promise<void> {
  if (host.runner.running().has(tenant.id) || (await heldLease(host, tenant))) {
    throw new HttpError(409, 'run_under_way', 'A run is under way. Wait until it has ended.');
  }
  host.runner
    .run(tenant, 'manual', host.now())
    .catch((error: unknown) =>
      console.error(`A run of tenant ${tenant.name} could not be begun: ${troubleInWords(error)}`),
    );
}

/** `POST /api/tenants/NAME/run`: begins a run; what becomes of it is seen in the live log. */
export function runNow({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    await beginRun(host, await needTenant(host, request));
    response.status(202).end();
  };
}

const replayInput = v.object({ from: value });

/**
 * `POST /api/tenants/NAME/replay`: puts the id of a log into START_FROM and runs at once, as the manual describes it.
 * A run that has acted on this id before would not do so again: that is forgotten first.
 */
export function replay({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const { from } = parseInput(replayInput, request.body);
    const tenant = await needTenant(host, request);
    if (from.trim() === '') {
      throw new HttpError(422, 'no_checkpoint', 'Name the id of the log to replay from.');
    }
    if (host.runner.running().has(tenant.id) || (await heldLease(host, tenant))) {
      throw new HttpError(409, 'run_under_way', 'A run is under way. Wait until it has ended.');
    }
    const changed = await host.registry.change(
      tenant.name,
      { settings: { START_FROM: from.trim() } },
      { mayReference: false },
    );
    await host
      .storeOf(tenant)
      .state.update((state) =>
        state.startFrom === null ? undefined : { state: { ...state, startFrom: null } },
      );
    await beginRun(host, changed);
    response.status(202).end();
  };
}
