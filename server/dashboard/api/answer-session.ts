import type { RequestHandler } from 'express';
import type { DashboardParts } from '../dashboard-parts';
import type { SessionState } from '../dashboard-state';

/** `GET /api/session`: whether the Dashboard is open, and the token that changes must carry. */
export function answerSession({ sessions, isPassword }: DashboardParts): RequestHandler {
  return (request, response) => {
    const { cookie } = request.headers;
    const isLocked = !sessions.isSignedIn(cookie);
    const state: SessionState = {
      isLocked,
      hasPassword: isPassword !== undefined,
      csrfToken: isLocked ? '' : sessions.csrfToken(cookie),
    };
    response.json(state);
  };
}
