import type { RequestHandler } from 'express';
import { HttpError } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { isOverdue } from './tenant-state';

/** Names that are told; of more, their number. */
const MOST_NAMES = 20;

/**
 * `GET /healthz`: the process lives and keeps its schedules. A run that fails is no reason to start it anew, so that
 * does not show in the status; it shows in the metrics. 503 where nothing can be stored, as on a full disk: no run
 * begins then. Anybody may ask, so the names of tenants are for those alone who may read the metrics.
 */
export function answerHealth({ host, access }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const trouble = await host.trouble();
    const now = host.now();
    const tenants = await host.registry.list();
    const active = tenants.filter(({ isActive }) => isActive);
    const overdue = active.filter((tenant) => isOverdue(tenant, now)).map(({ name }) => name);
    const dueAt = Math.min(...active.flatMap((tenant) => tenant.dueAt ?? []));
    response.status(trouble ? 503 : 200).json({
      ...(trouble ? { status: 'failing', reason: trouble.reason } : { status: 'ok' }),
      tenants: tenants.length,
      active: active.length,
      running: host.runner.running().size,
      next: Number.isFinite(dueAt) ? new Date(dueAt).toISOString() : null,
      overdue: {
        count: overdue.length,
        ...(access.mayReadMetrics(request)
          ? { names: overdue.slice(0, MOST_NAMES), more: Math.max(0, overdue.length - MOST_NAMES) }
          : {}),
      },
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
