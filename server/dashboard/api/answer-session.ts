import type { RequestHandler } from 'express';
import type { DashboardParts } from '../dashboard-parts';
import type { SessionState } from '../dashboard-state';

/** `GET /api/session`: whether the Dashboard is open, and the token that changes must carry. */
export function answerSession({ access }: DashboardParts): RequestHandler {
  return (request, response) => {
    const session = access.sessionOf(request);
    // A page asks when it is opened, and while somebody uses it.
    if (session) access.touch(session);
    const state: SessionState = {
      isLocked: session === undefined,
      hasPassword: access.hasPassword,
      csrfToken: session?.csrfToken ?? '',
    };
    response.json(state);
  };
}
