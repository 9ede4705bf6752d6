import { createServer, type Server } from 'node:http';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { documentHtml, HttpError } from '../web/http';
import { secureHeaders } from '../web/security-headers';
import { RetryLater } from './access/access';
import { isCrossSite } from './access/origin';
import { InvalidTenant, needSession, toTenantRefusal } from './api/input';
import { streamLive } from './api/live';
import { answerHealth, answerMetrics } from './api/operations';
import { answerRun, listRuns, replay, runNow } from './api/runs';
import { previewSchedule, reschedule, switchSchedule } from './api/schedule';
import { answerSession, endSessions, listSessions, logIn, logOut } from './api/session';
import { saveSettings } from './api/settings';
import { answerTenant } from './api/tenant';
import { addTenant, answerDashboard, listTenants, removeTenant } from './api/tenants';
import type { DashboardDependencies } from './dependencies';

/** A refusal by Express's own body parser, as one of ours. */
function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const status =
    error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500;
  if (status === 413) return new HttpError(413, 'body_too_large', 'What was sent is too large.');
  if (status >= 400 && status < 500) return new HttpError(status, 'bad_request', 'The body is not JSON.');
  return new HttpError(
    500,
    'internal_error',
    'This could not be done, because of a fault of the host. Its output says more.',
  );
}

/** Answers what a handler throws: `{ error, message }`, and for settings what is wrong with each. */
const answerError: ErrorRequestHandler = (thrown: unknown, _request, response, _next) => {
  const error = toTenantRefusal(thrown);
  const { status, code, message } = toHttpError(error);
  if (status === 500) console.error(error);
  response.locals.refusal = code;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof RetryLater) response.setHeader('retry-after', error.seconds);
  const problems = error instanceof InvalidTenant ? { problems: error.problems } : {};
  response.status(status).json({ error: code, message, ...problems });
};

/** The settings of a form are a few KB. */
const BODY_LIMIT = '64kb';

/** Lets nothing be changed by a page of somebody else. */
function refuseCrossSite({ publicUrl }: DashboardDependencies): RequestHandler {
  return ({ headers, method }, _response, next) => {
    const host = publicUrl ? new URL(publicUrl).host : (headers.host ?? '');
    if (method !== 'GET' && isCrossSite(headers, host)) {
      throw new HttpError(403, 'cross_site', 'This can only be done from the Dashboard itself.');
    }
    next();
  };
}

/** What whoever signed in has done to a tenant, for the log. */
const CHANGES: Readonly<Record<string, string>> = {
  settings: 'changed the settings of',
  state: 'switched on or off',
  schedule: 'changed the schedule of',
  run: 'started a run of',
  replay: 'started a replay of',
  remove: 'removed',
};

/**
 * What a request changes, in words; `undefined` where it changes nothing.
 *
 * @param body what it sent, of which the name of a new tenant is said
 */
function changeOf(method: string, path: string, body: unknown): string | undefined {
  if (method !== 'POST') return undefined;
  if (path === '/api/tenants') {
    const name = typeof body === 'object' && body !== null && 'name' in body ? String(body.name) : '';
    return `added tenant ${name.trim()}`;
  }
  const [, name = '', what = ''] = /^\/api\/tenants\/([a-z0-9-]+)\/(\w+)$/.exec(path) ?? [];
  const change = CHANGES[what];
  return change && `${change} tenant ${name}`;
}

/** Statuses of refusals that somebody who watches over the host wants to know of. */
const REFUSALS = new Set([401, 403, 421, 429, 503]);

/** Notes what was changed, and who was refused; that a page has to be unlocked first is neither. */
function noteAnswers({ access: { log, clientOf } }: DashboardDependencies): RequestHandler {
  return (request, response, next) => {
    const { address } = clientOf(request);
    const { method, path } = request;
    response.on('finish', () => {
      const { refusal } = response.locals;
      const change = changeOf(method, path, request.body);
      if (change && response.statusCode < 400) log.note(address, change);
      else if (REFUSALS.has(response.statusCode) && refusal !== 'locked') {
        log.noteRefusal(address, `refused: ${String(refusal)}`);
      }
    });
    next();
  };
}

/** Looks at each request before anything else does. */
function admit({ access }: DashboardDependencies): RequestHandler {
  return (request, _response, next) => {
    access.admit(request);
    next();
  };
}

/** Lets nobody in who has not entered the password. What pages ask by themselves keeps no session from being idle. */
function onlySignedIn({ access }: DashboardDependencies): RequestHandler {
  return (request, _response, next) => {
    const session = needSession(access, request);
    if (request.method !== 'GET') access.touch(session);
    next();
  };
}

/** Lets nothing be changed without the token that only a page of this session knows. */
function needCsrfToken({ access }: DashboardDependencies): RequestHandler {
  return (request, _response, next) => {
    const session = needSession(access, request);
    if (request.method !== 'GET' && !access.isCsrfToken(session, request.headers['x-csrf-token'])) {
      throw new HttpError(403, 'csrf_token', 'The page is older than this session. Load it again.');
    }
    next();
  };
}

/** Makes the Dashboard: its page, its API and what operations ask for. */
function createDashboard(parts: DashboardDependencies): express.Express {
  const { page } = parts;
  const html = documentHtml({
    style: page.style,
    body: `<body><div id="page"></div><noscript><p class="centered">The Dashboard needs JavaScript.</p></noscript><script>${page.script}</script></body>`,
  });
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use(secureHeaders(page), noteAnswers(parts), admit(parts));
  app.get('/healthz', answerHealth(parts));
  app.get('/metrics', answerMetrics(parts));
  app.get('/', (_request, response) => {
    response.type('html').send(html);
  });
  app.use(refuseCrossSite(parts), express.json({ limit: BODY_LIMIT }));
  app.get('/api/session', answerSession(parts));
  app.post('/api/login', logIn(parts));
  app.use('/api', onlySignedIn(parts), needCsrfToken(parts));
  app.post('/api/logout', logOut(parts));
  app.get('/api/sessions', listSessions(parts));
  app.post('/api/sessions/end', endSessions(parts));
  app.get('/api/dashboard', answerDashboard(parts));
  app.get('/api/live', streamLive(parts));
  app.get('/api/schedule', previewSchedule(parts));
  app.get('/api/tenants', listTenants(parts));
  app.post('/api/tenants', addTenant(parts));
  app.get('/api/tenants/:name', answerTenant(parts));
  app.get('/api/tenants/:name/runs', listRuns(parts));
  app.get('/api/tenants/:name/runs/:id', answerRun(parts));
  app.post('/api/tenants/:name/settings', saveSettings(parts));
  app.post('/api/tenants/:name/schedule', reschedule(parts));
  app.post('/api/tenants/:name/state', switchSchedule(parts));
  app.post('/api/tenants/:name/run', runNow(parts));
  app.post('/api/tenants/:name/replay', replay(parts));
  app.post('/api/tenants/:name/remove', removeTenant(parts));
  app.use(() => {
    throw new HttpError(404, 'not_found', 'There is nothing at this address.');
  });
  app.use(answerError);
  return app;
}

/**
 * The server of the Dashboard. Whoever does not finish a request within seconds loses the connection: nothing
 * that is sent here is large.
 */
export function createDashboardServer(parts: DashboardDependencies): Server {
  return createServer(
    { headersTimeout: 10_000, requestTimeout: 20_000, connectionsCheckingInterval: 2_000 },
    createDashboard(parts),
  );
}
