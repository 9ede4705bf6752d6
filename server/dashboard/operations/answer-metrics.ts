import type { RequestHandler } from 'express';
import { HttpError } from '../../extension/http/http-error';
import type { DashboardParts } from '../dashboard-parts';

/** `GET /metrics`: for Prometheus, with METRICS_TOKEN; open where there is neither that nor a password. */
export function answerMetrics({ metrics, access }: DashboardParts): RequestHandler {
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
