import type { RequestHandler } from 'express';
import { HttpError } from '../../extension/http/http-error';
import { troubleInWords } from '../../host/host-error';
import type { DashboardParts } from '../dashboard-parts';
import { needInstalled } from './need-installed';

/** `POST /api/job/run`: begins an execution; what becomes of it is seen in the live log. */
export function runNow({ host }: DashboardParts): RequestHandler {
  return (_request, response) => {
    needInstalled(host);
    if (host.runner.isRunning) {
      throw new HttpError(409, 'run_under_way', 'A run is under way. Wait until it has ended.');
    }
    host.runner
      .run({ scheduled_at: new Date(host.now()).toISOString(), trigger: 'manual' })
      .catch((error: unknown) => console.error(`The run could not be recorded: ${troubleInWords(error)}`));
    response.status(202).end();
  };
}
