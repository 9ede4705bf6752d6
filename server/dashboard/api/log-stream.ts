import type { RequestHandler } from 'express';
import * as v from 'valibot';
import { LOG_STREAMS_PATH } from '../../log-streams/endpoint';
import { isPaused } from '../../log-streams/stream-state';
import type { DashboardDependencies } from '../dependencies';
import { needTenant, parseInput } from './input';
import type { LogStreamDetails, NewToken } from './view';

/** What a tenant's page shows of its log stream. No token is in it. */
export async function describeLogStream(
  { host, triggerUrl }: Pick<DashboardDependencies, 'host' | 'triggerUrl'>,
  tenant: string,
): Promise<LogStreamDetails> {
  const path = `${LOG_STREAMS_PATH}${tenant}`;
  const stream = await host.logStreams.find(tenant);
  const { lastTriggerAt = null, triggers = 0 } = stream?.state ?? {};
  const state = () => {
    if (!stream) return 'none';
    if (isPaused(stream.state, host.now())) return 'paused';
    return lastTriggerAt === null ? 'silent' : 'posting';
  };
  return {
    path,
    url: triggerUrl === undefined ? null : `${triggerUrl}${path}`,
    state: state(),
    lastTriggerAt: lastTriggerAt === null ? null : new Date(lastTriggerAt).toISOString(),
    triggers,
  };
}

const confirmation = v.object({ password: v.optional(v.string()) });

/** `POST /api/tenants/NAME/token`: makes a new token for the log stream. */
export function makeToken({ host, access }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const { password } = parseInput(confirmation, request.body);
    const tenant = await needTenant(host, request);
    await access.confirm(request, response, password);
    const token = await host.triggerTokens.rotate(tenant.id);
    response.locals.change = `made a new token for the log stream of tenant ${tenant.name}`;
    const made: NewToken = { authorization: `Bearer ${token}` };
    response.status(201).json(made);
  };
}
