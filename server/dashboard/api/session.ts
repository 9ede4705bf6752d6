import type { RequestHandler } from 'express';
import * as v from 'valibot';
import type { DashboardDependencies } from '../dependencies';
import { parseInput } from './input';
import type { SessionInList, SessionState } from './session-view';

/** `GET /api/session`: whether the Dashboard is open, and the token that changes must carry. */
export function answerSession({ access }: DashboardDependencies): RequestHandler {
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

const input = v.object({ password: v.string() });

/** `POST /api/login`: opens the Dashboard with its password. */
export function logIn({ access }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const { password } = parseInput(input, request.body);
    await access.signIn(request, response, password);
    response.status(204).end();
  };
}

/** `POST /api/logout`: closes the Dashboard for this browser. */
export function logOut({ access }: DashboardDependencies): RequestHandler {
  return (request, response) => {
    access.signOut(request, response);
    response.status(204).end();
  };
}

const iso = (ms: number) => new Date(ms).toISOString();

/** `GET /api/sessions`: who is signed in. */
export function listSessions({ access }: DashboardDependencies): RequestHandler {
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
export function endSessions({ access }: DashboardDependencies): RequestHandler {
  return (request, response) => {
    access.signOutEverywhere(request, response);
    response.status(204).end();
  };
}
