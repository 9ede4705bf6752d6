import type { RequestHandler } from 'express';
import { HttpError } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { isOverdue, tenantState, tenantStates } from '../tenant-summary';

/** Names that are listed; the count says how many there are. */
const LISTED_NAMES = 20;

/**
 * `GET /healthz`: the process lives and keeps its schedules. A run that fails is no reason to start it anew, so
 * that does not show in the status; it shows in the counts and in the metrics. 503 where nothing can be stored, as on a
 * full disk: no run begins then. Names of tenants are for those alone who may see them.
 */
export function answerHealth({ host, access }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const trouble = await host.trouble();
    const now = host.now();
    const standings = await host.overview.standings();
    const overdue = standings.filter((standing) => isOverdue(standing, now));
    const states = standings.map((standing) => tenantState(standing, now));
    const names = overdue.slice(0, LISTED_NAMES).map(({ tenant }) => tenant.name);
    response.status(trouble ? 503 : 200).json({
      ...(trouble ? { status: 'failing', reason: trouble.reason } : { status: 'ok' }),
      tenants: standings.length,
      running: host.runner.running().size,
      states: Object.fromEntries(
        tenantStates.flatMap((state) => {
          const count = states.filter((one) => one === state).length;
          return count > 0 ? [[state, count]] : [];
        }),
      ),
      overdue: overdue.length,
      ...(access.mayReadMetrics(request) && names.length > 0 ? { overdueTenants: names } : {}),
    });
  };
}

/** `GET /metrics`: for Prometheus, with METRICS_TOKEN; open where there is neither that nor a password. */
export function answerMetrics({ metrics, access }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    if (!access.mayReadMetrics(request)) {
      response.setHeader('www-authenticate', 'Bearer realm="metrics"');
      throw new HttpError(
        401,
        'token_needed',
        'Send METRICS_TOKEN as "Authorization: Bearer …". If it is not set, set it where the Dashboard is started.',
      );
    }
    response.setHeader('content-type', metrics.contentType);
    response.send(await metrics.text());
  };
}
