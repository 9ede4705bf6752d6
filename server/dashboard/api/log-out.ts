import type { RequestHandler } from 'express';
import type { DashboardParts } from '../dashboard-parts';

/** `POST /api/logout`: closes the Dashboard for this browser. */
export function logOut({ sessions }: DashboardParts): RequestHandler {
  return (request, response) => {
    response.setHeader('set-cookie', sessions.end(request.headers.cookie));
    response.status(204).end();
  };
}
