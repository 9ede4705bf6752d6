import type { RequestHandler } from 'express';
import type { DashboardParts } from '../dashboard-parts';

/** `POST /api/logout`: closes the Dashboard for this browser. */
export function logOut({ access }: DashboardParts): RequestHandler {
  return (request, response) => {
    access.signOut(request, response);
    response.status(204).end();
  };
}
