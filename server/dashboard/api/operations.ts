import type { RequestHandler } from 'express';
import { HttpError } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';

/**
 * `GET /healthz`: the process lives and keeps its schedule. A run that fails is no reason to start it anew, so
 * that does not show in the status; it shows in the metrics. 503 where nothing can be stored, as on a full disk:
 * no run begins then.
 */
export function answerHealth({ host }: DashboardDependencies): RequestHandler {
  return async (_request, response) => {
    const trouble = await host.trouble();
    const last = host.history.list().findLast(({ completed_at }) => completed_at !== null);
    response.status(trouble ? 503 : 200).json({
      ...(trouble ? { status: 'failing', reason: trouble.reason } : { status: 'ok' }),
      job: host.installed?.job.state ?? 'not installed',
      running: host.runner.isRunning,
      next: host.installed?.job.next_available_at ?? null,
      last: last ? { completed_at: last.completed_at, type: last.type } : null,
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
