import type { RequestHandler } from 'express';
import { ExportError } from '../../../src/errors';
import { stringifyExact } from '../../../src/exact-json';
import { BatchFailure } from '../../../src/job/export-batches';
import type { Previewed } from '../../../src/job/preview';
import { sentCall } from '../../../src/segment/calls';
import { createDeadline, systemClock } from '../../../src/time';
import { HttpError, queryOf } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { leftSignal } from './check';
import type { CallPreview } from './check-view';
import { needTenant } from './input';
import { oneAtATime } from './one-at-a-time';

/** Logs that are looked at where the query does not say how many. */
const LOGS = 10;
/** Logs that are looked at, at most: somebody waits. */
const MOST_LOGS = 50;
/** Milliseconds after which nobody waits any more. */
const LONGEST_MS = 20_000;

/** @throws {HttpError} 400 `invalid_query` */
function logsOf(query: URLSearchParams): number {
  const text = query.get('logs') ?? String(LOGS);
  if (/^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_LOGS) return Number(text);
  throw new HttpError(400, 'invalid_query', `logs must be a whole number from 1 to ${MOST_LOGS}.`);
}

function toView(
  { calls, excluded, logs, skipped, rejected, moreToCome, loginContext }: Previewed,
  warnings: string[],
): CallPreview {
  return {
    calls: calls.map(({ call, log }) => ({
      time: log.date,
      kind: call.type,
      event: call.type === 'track' ? call.event : '',
      userId: call.userId,
      application: !loginContext
        ? null
        : call.type === 'track'
          ? log.client?.name || log.client?.id || ''
          : '',
      sent: sentCall(call),
    })),
    excluded,
    logs,
    skipped,
    rejected: rejected.map(({ logId, reason }) => ({ logId, reason })),
    moreToCome,
    warnings,
  };
}

/** `GET /api/tenants/NAME/preview`: the calls that the next run would make. Nothing is sent or stored. */
export function answerPreview({ host, access }: DashboardDependencies): RequestHandler {
  const once = oneAtATime(access, 'A preview');
  return (request, response) =>
    once(request, async () => {
      const query = queryOf(request);
      const most = logsOf(query);
      const tenant = await needTenant(host, request);
      const exporter = await host.exporterOf(tenant);
      const deadline = createDeadline({ clock: systemClock, budgetMs: LONGEST_MS });
      leftSignal(response).addEventListener('abort', () => deadline.end(), { once: true });
      const warnings: string[] = [];
      try {
        const previewed = await exporter.preview({
          state: query.get('from') === 'newest' ? undefined : await host.storeOf(tenant).state.read(),
          most,
          deadline,
          onWarning: (message) => warnings.push(message),
        });
        response.type('json').send(stringifyExact(toView(previewed, warnings)));
      } catch (thrown) {
        const error = thrown instanceof BatchFailure ? thrown.cause : thrown;
        if (!(error instanceof ExportError)) throw error;
        throw new HttpError(502, 'no_preview', error.message);
      } finally {
        deadline.end();
      }
    });
}
