import type { RequestHandler } from 'express';
import { stringifyExact } from '../../../src/exact-json';
import { sentCall } from '../../../src/segment/calls';
import type { LastEvent } from '../../runs/last-events';
import { HttpError } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { settingsOrProblem } from './fields';
import { needTenant } from './input';
import type { LastEventList, LastEventRow } from './last-events-view';

const toRow = ({ id, at, run, call, result, reason }: LastEvent): LastEventRow => ({
  id,
  at,
  run,
  kind: call.type,
  event: call.type === 'track' ? call.event : '',
  userId: call.userId,
  messageId: call.messageId,
  logId: call.logId,
  result,
  reason,
});

/** The calls that may be shown of a tenant now; `undefined` where they are not kept. */
async function eventsOf(
  { host }: Pick<DashboardDependencies, 'host'>,
  request: Parameters<typeof needTenant>[1],
): Promise<readonly LastEvent[] | undefined> {
  const tenant = await needTenant(host, request);
  const kept = host.lastEventsOf(tenant);
  if (!kept) return undefined;
  const { settings, problem } = await settingsOrProblem(host, tenant);
  // What is to be left out is not known then.
  return problem === '' ? kept.of(tenant.id, settings.EXCLUDE_FIELDS ?? '') : [];
}

/** `GET /api/tenants/NAME/last-events`: what went to Segment last, without what is in it. */
export function answerLastEvents(parts: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const events = await eventsOf(parts, request);
    const list: LastEventList = {
      isKept: events !== undefined,
      isShared: parts.host.isShared,
      events: (events ?? []).map(toRow),
    };
    response.json(list);
  };
}

/** `GET /api/tenants/NAME/last-events/ID`: a call as Segment got it. */
export function answerLastEvent(parts: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const events = (await eventsOf(parts, request)) ?? [];
    const found = events.find(({ id }) => String(id) === request.params.id);
    if (!found) {
      throw new HttpError(
        404,
        'unknown_event',
        'This call is no longer kept. Load the page again to see what is.',
      );
    }
    response.type('json').send(stringifyExact(sentCall(found.call)));
  };
}
