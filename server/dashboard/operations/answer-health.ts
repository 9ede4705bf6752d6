import type { RequestHandler } from 'express';
import type { DashboardParts } from '../dashboard-parts';

/**
 * `GET /healthz`: the process lives and keeps its schedule. A run that fails is no reason to start it anew, so
 * that does not show in the status; it shows in the metrics. 503 where nothing can be stored, as on a full disk:
 * no run begins then.
 */
export function answerHealth({ host }: DashboardParts): RequestHandler {
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
