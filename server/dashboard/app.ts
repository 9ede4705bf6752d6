import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { mountPath } from '../manifest';
import { documentHtml, HttpError } from '../web/http';
import { secureHeaders } from '../web/security-headers';
import { type Access, RetryLater } from './access/access';
import { isCrossSite } from './access/origin';
import { needSession } from './api/input';
import { install, openExtensionPage, uninstall } from './api/installation';
import { previewSchedule, reschedule, runNow, switchJob } from './api/job';
import { answerHealth, answerMetrics } from './api/operations';
import { answerSession, endSessions, listSessions, logIn, logOut } from './api/session';
import { InvalidSettings, saveSettings } from './api/settings';
import { answerExecution, answerState, streamLive } from './api/state';
import { type DashboardDependencies, extensionUrl } from './dependencies';
import { dropEndedSession } from './extension-session';

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
const answerError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  const { status, code, message } = toHttpError(error);
  if (status === 500) console.error(error);
  response.locals.refusal = code;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof RetryLater) response.setHeader('retry-after', error.seconds);
  const problems = error instanceof InvalidSettings ? { problems: error.problems } : {};
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

/** What whoever signed in has done, for the log. */
const CHANGES: Readonly<Record<string, string>> = {
  '/api/install': 'installed the extension',
  '/api/settings': 'changed the settings',
  '/api/job/state': 'switched the job on or off',
  '/api/job/schedule': 'changed the schedule',
  '/api/job/run': 'started a run',
  '/api/uninstall': 'uninstalled the extension',
};
/** Statuses of refusals that somebody who watches over the host wants to know of. */
const REFUSALS = new Set([401, 403, 421, 429, 503]);

/** Notes what was changed, and who was refused; that a page has to be unlocked first is neither. */
function noteAnswers({ access: { log, clientOf } }: DashboardDependencies): RequestHandler {
  return (request, response, next) => {
    const { address } = clientOf(request);
    const change = request.method === 'POST' ? CHANGES[request.path] : undefined;
    response.on('finish', () => {
      const { refusal } = response.locals;
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

/** Lets nobody in who has not entered the password. Whatever asks by itself keeps no session from being idle. */
function onlySignedIn({ access }: DashboardDependencies): RequestHandler {
  return (request, _response, next) => {
    const session = needSession(access, request);
    if (!ASKED_BY_ITSELF.has(request.originalUrl)) access.touch(session);
    next();
  };
}

/** What the page asks for whenever something happens in the host. */
const ASKED_BY_ITSELF = new Set(['/api/state', '/api/live']);

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

/** Whether a request may go on to the extension; where not, the Dashboard says why. */
function isAdmitted(request: IncomingMessage, { admit }: Access): boolean {
  try {
    admit(request);
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes the Dashboard: its page, its API, the doors of operations, and behind its own path the extension's
 * page.
 */
function createDashboard(parts: DashboardDependencies): RequestListener {
  const { host, page, access, publicUrl } = parts;
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
  app.use(['/api', '/extension-page'], onlySignedIn(parts));
  app.get('/extension-page', openExtensionPage(parts));
  app.use('/api', needCsrfToken(parts));
  app.post('/api/logout', logOut(parts));
  app.get('/api/sessions', listSessions(parts));
  app.post('/api/sessions/end', endSessions(parts));
  app.get('/api/state', answerState(parts));
  app.get('/api/executions/:id', answerExecution(parts));
  app.get('/api/live', streamLive(parts));
  app.get('/api/schedule', previewSchedule(parts));
  app.post('/api/install', install(parts));
  app.post('/api/settings', saveSettings(parts));
  app.post('/api/job/state', switchJob(parts));
  app.post('/api/job/schedule', reschedule(parts));
  app.post('/api/job/run', runNow(parts));
  app.post('/api/uninstall', uninstall(parts));
  app.use(() => {
    throw new HttpError(404, 'not_found', 'There is nothing at this address.');
  });
  app.use(answerError);

  return (request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    const isExtension = path === mountPath || path.startsWith(`${mountPath}/`);
    if (!isExtension || !host.installed || !isAdmitted(request, access)) {
      app(request, response);
      return;
    }
    const baseUrl = extensionUrl(request, publicUrl);
    dropEndedSession(request, access, baseUrl);
    // Opening the extension's page is something that somebody does; what that page asks for is not.
    const session = path === `${mountPath}/` ? access.sessionOf(request) : undefined;
    if (session) access.touch(session);
    host.serve(request, response, baseUrl);
  };
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
