import { createServer, type RequestListener, type Server } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { ExportError } from '../../src/errors';
import { DatabaseError } from '../database/errors';
import { describeFault, HostError } from '../errors';
import { isForLogStreams } from '../log-streams/endpoint';
import { TenantError } from '../tenants/tenant-error';
import { documentHtml, errorHtml, HttpError, LOGO, nulCharacter, scriptedBody } from '../web/http';
import { secureHeaders } from '../web/security-headers';
import { RetryLater } from './access/access';
import { isCrossSite } from './access/origin';
import {
  addTenant,
  cancelRun,
  removeTenant,
  reschedule,
  runNow,
  saveSettings,
  switchTenant,
} from './api/changes';
import { checkConnection } from './api/check';
import { answerDashboard, previewSchedule } from './api/dashboard-info';
import { needSession } from './api/input';
import { answerLastEvent, answerLastEvents } from './api/last-events';
import { streamLive } from './api/live';
import { makeToken } from './api/log-stream';
import { answerHealth, answerMetrics } from './api/operations';
import { answerPreview } from './api/preview';
import { replayFrom } from './api/replay';
import { answerRun, answerRuns } from './api/runs';
import { answerSample } from './api/sample';
import { answerSandbox, provokeOutage } from './api/sandbox';
import { answerSession, endSessions, listSessions, logIn, logOut } from './api/session';
import { setUpTenant } from './api/setup';
import { answerTenant } from './api/tenant-details';
import { answerTenants } from './api/tenants';
import { answerWorkers } from './api/workers';
import type { DashboardDependencies } from './dependencies';

/** Why something cannot be done with a tenant, as a refusal. */
function toRefusal({ code, message }: TenantError): HttpError {
  switch (code) {
    case 'unknown':
      return new HttpError(404, 'unknown_tenant', message);
    case 'name_taken':
      return new HttpError(409, 'name_taken', message);
    case 'read_only':
      return new HttpError(409, 'read_only', message);
    case 'invalid':
      return new HttpError(422, 'invalid_settings', message);
  }
}

/** Whatever a handler throws, such as a refusal by Express's own body parser, as one of ours. */
function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof TenantError) return toRefusal(error);
  if (error instanceof DatabaseError) return new HttpError(503, 'database_unusable', error.reason);
  if (error instanceof HostError || error instanceof ExportError) {
    return new HttpError(503, 'host_trouble', error.message);
  }
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

/** What programs ask for, which take no page for an answer. */
const FOR_PROGRAMS = /^\/(api\/|healthz$|metrics$)/;

/**
 * Answers what a handler throws: `{ error, message }`, and for a tenant what is wrong with each setting; as a page to a
 * browser that was led there.
 */
const answerError =
  ({ page }: DashboardDependencies): ErrorRequestHandler =>
  (error: unknown, request, response, _next) => {
    const { status, code, message } = toHttpError(error);
    if (status === 500) console.error(describeFault(error));
    response.locals.refusal = code;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error instanceof RetryLater) response.setHeader('retry-after', error.seconds);
    if (!FOR_PROGRAMS.test(request.path) && request.accepts(['json', 'html']) === 'html') {
      const link = { href: '/', text: 'Open the Dashboard' };
      response
        .status(status)
        .type('html')
        .send(errorHtml({ message, style: page.style, link }));
      return;
    }
    const problems = error instanceof TenantError ? { problems: error.problems } : {};
    response.status(status).json({ error: code, message, ...problems });
  };

/** The settings of a form are a few KB. */
const BODY_LIMIT = '64kb';

/**
 * Lets a page of somebody else do nothing. It could read no answer, but what is only asked for costs something, too: a
 * preview the tenant's rate limit, a live stream one of the few places. Without a password nothing else is in its way.
 */
function refuseCrossSite({ publicUrl }: DashboardDependencies): RequestHandler {
  return ({ headers }, _response, next) => {
    const host = publicUrl ? new URL(publicUrl).host : (headers.host ?? '');
    if (isCrossSite(headers, host)) {
      throw new HttpError(403, 'cross_site', 'This can only be done from the Dashboard itself.');
    }
    next();
  };
}

/** Statuses of refusals that somebody who watches over the host wants to know of. */
const REFUSALS = new Set([401, 403, 421, 429, 503]);

/** Notes what was changed, and who was refused; that a page has to be unlocked first is neither. */
function noteAnswers({ access: { log, clientOf } }: DashboardDependencies): RequestHandler {
  return (request, response, next) => {
    const { address } = clientOf(request);
    response.on('finish', () => {
      // What was changed is said by whoever has done it, when it is done.
      const { refusal, change } = response.locals;
      if (typeof change === 'string' && response.statusCode < 400) log.note(address, change);
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

/** Lets nobody in who has not entered the password. Pages look by themselves, which keeps no session from being idle. */
function onlySignedIn({ access }: DashboardDependencies): RequestHandler {
  return (request, _response, next) => {
    const session = needSession(access, request);
    if (request.method !== 'GET') access.touch(session);
    next();
  };
}

/** Refuses a body with a NUL character, in a key or a value. */
const refuseNul: RequestHandler = ({ body }, _response, next) => {
  // A queue instead of a recursion: a body may be nested deeper than the stack.
  const parts: unknown[] = [body];
  for (const part of parts) {
    if (typeof part === 'string' && part.includes('\0')) throw nulCharacter('body');
    if (typeof part === 'object' && part !== null) parts.push(...Object.entries(part).flat());
  }
  next();
};

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

const answerNothing: RequestHandler = () => {
  throw new HttpError(404, 'not_found', 'There is nothing at this address.');
};

/** The doors of operations, which a worker has alone. */
function createOperations(parts: DashboardDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use(secureHeaders(parts.page), noteAnswers(parts), admit(parts));
  app.get('/healthz', answerHealth(parts));
  app.get('/metrics', answerMetrics(parts));
  return app;
}

/** Makes the Dashboard: its page, its API, and the doors of operations. */
function createDashboard(parts: DashboardDependencies): RequestListener {
  const { page } = parts;
  const html = documentHtml({
    style: page.style,
    body: scriptedBody({
      masthead: `<a class="masthead-name" href="#/">${LOGO}<h1>Dashboard</h1></a><nav aria-label="Pages"><a href="#/">Tenants</a><a href="#/extensions">Extensions</a></nav>`,
      name: 'The Dashboard',
      script: page.script,
    }),
  });
  const app = createOperations(parts);
  app.get('/', (_request, response) => {
    response.type('html').send(html);
  });
  app.use('/api', refuseCrossSite(parts), express.json({ limit: BODY_LIMIT }), refuseNul);
  app.get('/api/session', answerSession(parts));
  app.post('/api/login', logIn(parts));
  app.use('/api', onlySignedIn(parts));
  app.use('/api', needCsrfToken(parts));
  app.post('/api/logout', logOut(parts));
  app.get('/api/sessions', listSessions(parts));
  app.post('/api/sessions/end', endSessions(parts));
  app.get('/api/dashboard', answerDashboard(parts));
  app.get('/api/workers', answerWorkers(parts));
  app.get('/api/live', streamLive(parts));
  app.get('/api/schedule', previewSchedule(parts));
  app.get('/api/sandbox', answerSandbox(parts));
  app.post('/api/sandbox/outage', provokeOutage(parts));
  app.post('/api/sample', answerSample);
  app.post('/api/check', checkConnection(parts));
  app.get('/api/tenants', answerTenants(parts));
  app.post('/api/tenants', addTenant(parts));
  app.post('/api/setup', setUpTenant(parts));
  app.get('/api/tenants/:name', answerTenant(parts));
  app.get('/api/tenants/:name/preview', answerPreview(parts));
  app.get('/api/tenants/:name/last-events', answerLastEvents(parts));
  app.get('/api/tenants/:name/last-events/:id', answerLastEvent(parts));
  app.get('/api/tenants/:name/runs', answerRuns(parts));
  app.get('/api/tenants/:name/runs/:id', answerRun(parts));
  app.post('/api/tenants/:name/settings', saveSettings(parts));
  app.post('/api/tenants/:name/schedule', reschedule(parts));
  app.post('/api/tenants/:name/state', switchTenant(parts));
  app.post('/api/tenants/:name/run', runNow(parts));
  app.post('/api/tenants/:name/cancel', cancelRun(parts));
  app.post('/api/tenants/:name/replay', replayFrom(parts));
  app.post('/api/tenants/:name/token', makeToken(parts));
  app.post('/api/tenants/:name/remove', removeTenant(parts));
  return app.use(answerNothing, answerError(parts));
}

/**
 * Whoever does not finish a request within seconds loses the connection: nothing that is sent here is large.
 */
const LIMITS = { headersTimeout: 10_000, requestTimeout: 20_000, connectionsCheckingInterval: 2_000 };

/**
 * The server of the Dashboard.
 *
 * @param logStreams takes the posts of log streams, which have neither session nor password; `undefined`: not here
 */
export function createDashboardServer(parts: DashboardDependencies, logStreams?: RequestListener): Server {
  const dashboard = createDashboard(parts);
  return createServer(LIMITS, (request, response) => {
    if (logStreams && isForLogStreams(request)) logStreams(request, response);
    else dashboard(request, response);
  });
}

/** The server of a worker, which has no Dashboard. */
export const createOperationsServer = (parts: DashboardDependencies): Server =>
  createServer(LIMITS, createOperations(parts).use(answerNothing, answerError(parts)));
