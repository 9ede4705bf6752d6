import type { RequestHandler } from 'express';
import type { DashboardParts } from '../dashboard-parts';
import type { SessionInList } from '../dashboard-state';

const iso = (ms: number) => new Date(ms).toISOString();

/** `GET /api/sessions`: who is signed in. */
export function listSessions({ access }: DashboardParts): RequestHandler {
  return (request, response) => {
    const own = access.sessionOf(request);
    const sessions: SessionInList[] = access.sessions().map((session) => ({
      id: session.id,
      startedAt: iso(session.startedAt),
      seenAt: iso(session.seenAt),
      address: session.address,
      browser: session.browser,
      isThis: session === own,
    }));
    response.json(sessions);
  };
}

/** `POST /api/sessions/end`: closes the Dashboard for every browser, this one too. */
export function endSessions({ access }: DashboardParts): RequestHandler {
  return (request, response) => {
    access.signOutEverywhere(request, response);
    response.status(204).end();
  };
}
