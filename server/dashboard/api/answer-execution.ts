import type { RequestHandler } from 'express';
import { HttpError } from '../../extension/http/http-error';
import type { DashboardParts } from '../dashboard-parts';

/** `GET /api/executions/{id}`: an execution with its answer and what it logged. */
export function answerExecution({ host }: DashboardParts): RequestHandler {
  return (request, response) => {
    const execution = host.history.list().find(({ id }) => String(id) === request.params.id);
    if (!execution) {
      throw new HttpError(
        404,
        'no_execution',
        'There is no such execution, or it is too long ago to be kept.',
      );
    }
    response.json(execution);
  };
}
