import type { RequestHandler } from 'express';
import type { DashboardDependencies } from '../dependencies';
import type { WorkerList } from './view';

/** `GET /api/workers`: the processes on one database, what each runs, and what waits for them. */
export function answerWorkers({ host }: Pick<DashboardDependencies, 'host'>): RequestHandler {
  return async (_request, response) => {
    const [workers, queue] = await Promise.all([host.workers(), host.queue()]);
    const list: WorkerList = {
      now: new Date(host.now()).toISOString(),
      workers,
      queue: queue ?? null,
    };
    response.json(list);
  };
}
