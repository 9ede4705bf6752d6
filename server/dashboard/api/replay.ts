import type { RequestHandler } from 'express';
import * as v from 'valibot';
import type { FoundStart, StartPoint } from '../../../src/job/start-point';
import { failureInWords } from '../../errors';
import { describeMissingStart, refuseStart, startAgain } from '../../tenants/find-start';
import type { TenantRow } from '../../tenants/tenant-store';
import { HttpError } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { FROM_BROWSER, needNoRun, needStorage, value } from './changes';
import { needTenant, parseInput } from './input';
import type { ReplayStart } from './replay-view';

const replay = v.union([
  v.object({ from: v.pipe(value, v.trim()) }),
  v.object({ at: v.pipe(value, v.isoTimestamp()) }),
  v.object({ oldest: v.literal(true) }),
  v.object({ now: v.literal(true) }),
]);

/** @throws {TenantError} `invalid` */
function toStartPoint(input: v.InferOutput<typeof replay>): StartPoint {
  if ('oldest' in input) return { kind: 'oldest' };
  if ('now' in input) return { kind: 'now' };
  if ('at' in input) return { kind: 'at', at: Date.parse(input.at) };
  if (input.from !== '') return { kind: 'log', id: input.from };
  throw refuseStart('START_FROM is empty. Enter the checkpoint ID of the log to start from.');
}

/**
 * Asks Auth0 for the log to start with.
 *
 * @throws {TenantError} `invalid` where there is none
 * @throws {HttpError} 502 `start_not_found` where Auth0 cannot be asked
 */
async function findStart(
  { host }: Pick<DashboardDependencies, 'host'>,
  tenant: TenantRow,
  point: StartPoint,
): Promise<FoundStart> {
  let found: FoundStart | undefined;
  try {
    const exporter = await host.exporterOf(tenant);
    found = await exporter.findStart(point);
  } catch (error) {
    const reason = failureInWords(error);
    throw new HttpError(
      502,
      'start_not_found',
      `Auth0 could not be asked for the log to start with, so nothing was started: ${reason}`,
    );
  }
  if (found) return found;
  throw refuseStart(describeMissingStart(point));
}

/** `POST /api/tenants/NAME/replay`: sends again from a log on, that log included. */
export function replayFrom(parts: DashboardDependencies): RequestHandler {
  const { host } = parts;
  return async (request, response) => {
    const point = toStartPoint(parseInput(replay, request.body));
    const before = await needTenant(host, request);
    await needNoRun(parts, before, 'Replay when it has ended.');
    await needStorage(parts);
    const { name } = before;
    const startWith = (id: string) =>
      host.registry.change(name, { settings: { START_FROM: id } }, FROM_BROWSER);
    // Where it cannot be changed here, that is said without asking Auth0.
    if (host.registry.overridden(before).has('START_FROM')) await startWith('1');
    const { id, date, isOldestLeft } = await findStart(parts, before, point);
    const tenant = await startWith(id);
    await startAgain(host.storeOf(tenant).state, tenant, id);
    await parts.host.ask(tenant, 'manual');
    response.locals.change = `started a replay of tenant ${name}`;
    const start: ReplayStart = { from: id, date, isOldestLeft };
    response.json(start);
  };
}
