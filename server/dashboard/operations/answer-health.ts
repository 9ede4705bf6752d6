import type { RequestHandler } from 'express';
import type { DashboardParts } from '../dashboard-parts';

/**
 * `GET /healthz`: the process lives and keeps its schedule. A run that fails is no reason to start it anew, so
 * that does not show in the status; it shows in the metrics.
 */
export function answerHealth({ host }: DashboardParts): RequestHandler {
  return (_request, response) => {
    const last = host.history.list().findLast(({ completed_at }) => completed_at !== null);
    response.json({
      status: 'ok',
      job: host.installed?.job.state ?? 'not installed',
      running: host.runner.isRunning,
      next: host.installed?.job.next_available_at ?? null,
      last: last ? { completed_at: last.completed_at, type: last.type } : null,
    });
  };
}
