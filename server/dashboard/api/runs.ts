import type { RequestHandler } from 'express';
import { standingOf } from '../../../src/storage/lease';
import type { Lease } from '../../../src/storage/run-state';
import { toReportRun } from '../../extension/report/report';
import type { Host } from '../../runs/host';
import type { TenantRow } from '../../tenants/tenant-store';
import { HttpError, queryOf } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { needTenant, pageOf } from './input';
import { summarizeRun, summarizeRunning } from './run-summary';
import type { RunDetails, RunList } from './view';

const PER_PAGE = 20;

/** A run that is under way. */
interface RunUnderWay {
  id: string;
  startedAt: string;
  progress: Lease['progress'] | undefined;
}

/** The run of a tenant that is under way: that which holds the lease, in whichever process, or one that is to take it. */
export async function runUnderWay(
  host: Pick<Host, 'runner' | 'storeOf' | 'now'>,
  tenant: TenantRow,
): Promise<RunUnderWay | undefined> {
  const state = await host.storeOf(tenant).state.read();
  const { lease } = state;
  if (lease && standingOf(state, host.now(), 0) === 'held') {
    return { id: lease.owner, startedAt: lease.startedAt, progress: lease.progress };
  }
  const own = host.runner.running().get(tenant.id);
  return own && { id: own.run, startedAt: own.startedAt, progress: undefined };
}

/** `GET /api/tenants/NAME/runs`: a page of a tenant's runs. */
export function answerRuns({ host }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const tenant = await needTenant(host, request);
    const query = queryOf(request);
    const page = pageOf(query);
    const filter = query.get('filter') ?? '';
    if (filter !== '' && filter !== 'failed') {
      throw new HttpError(400, 'invalid_query', 'filter must be failed, or left out.');
    }
    const { runs, total } = await host.storeOf(tenant).history.list({
      offset: (page - 1) * PER_PAGE,
      limit: PER_PAGE,
      ...(filter === 'failed' ? { failedOnly: true } : {}),
    });
    const running = page === 1 && filter === '' ? await runUnderWay(host, tenant) : undefined;
    const ids = [...runs.flatMap(({ id }) => id ?? []), ...(running ? [running.id] : [])];
    const triggers = await host.notes.triggers(tenant.id, ids);
    const ended = runs.map(({ id = '', ...record }) => summarizeRun(id, record, triggers.get(id) ?? null));
    const list: RunList = {
      runs: running ? [summarizeRunning(running, triggers.get(running.id) ?? null), ...ended] : ended,
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
    const id = String(request.params.id);
    const note = await host.notes.find(tenant.id, id);
    const record = await host.overview.record(tenant.id, id);
    const running = record ? undefined : await runUnderWay(host, tenant);
    const trigger = note?.trigger ?? null;
    const isUnderWay = running?.id === id;
    const summary = record
      ? summarizeRun(id, record, trigger)
      : isUnderWay && running
        ? summarizeRunning(running, trigger)
        : undefined;
    if (!summary) {
      throw new HttpError(
        404,
        'unknown_run',
        'There is no such run, or it is too long ago to be kept. Choose one from the list.',
      );
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
