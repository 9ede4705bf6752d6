import type { RequestListener } from 'node:http';
import express, { type RequestHandler } from 'express';
import { documentHtml } from '../extension/http/document-html';
import { HttpError } from '../extension/http/http-error';
import { secureHeaders } from '../extension/http/secure-headers';
import { mountPath } from '../host/webtask/mount';
import { answerError } from './answer-error';
import { answerExecution } from './api/answer-execution';
import { answerSession } from './api/answer-session';
import { answerState } from './api/answer-state';
import { install } from './api/install';
import { logIn } from './api/log-in';
import { logOut } from './api/log-out';
import { openExtensionPage } from './api/open-extension-page';
import { previewSchedule } from './api/preview-schedule';
import { reschedule } from './api/reschedule';
import { runNow } from './api/run-now';
import { saveSettings } from './api/save-settings';
import { streamLive } from './api/stream-live';
import { switchJob } from './api/switch-job';
import { uninstall } from './api/uninstall';
import type { DashboardParts } from './dashboard-parts';
import { isAllowedHost } from './door/is-allowed-host';
import { isCrossSite } from './door/is-cross-site';
import { extensionUrl } from './extension-url';
import { answerHealth } from './operations/answer-health';
import { answerMetrics } from './operations/answer-metrics';

/** The settings of a form are a few KB. */
const BODY_LIMIT = '64kb';

/** Lets nothing be changed by a page of somebody else. */
function refuseCrossSite({ publicUrl }: DashboardParts): RequestHandler {
  return ({ headers, method }, _response, next) => {
    const host = publicUrl ? new URL(publicUrl).host : (headers.host ?? '');
    if (method !== 'GET' && isCrossSite(headers, host)) {
      throw new HttpError(403, 'cross_site', 'This can only be done from the Dashboard itself.');
    }
    next();
  };
}

/** Lets nobody in who has not entered the password. */
function needSession({ sessions }: DashboardParts): RequestHandler {
  return ({ headers }, _response, next) => {
    if (!sessions.isSignedIn(headers.cookie)) {
      throw new HttpError(401, 'locked', 'Enter the password of the Dashboard first.');
    }
    next();
  };
}

/** Lets nothing be changed without the token that only a page of this session knows. */
function needCsrfToken({ sessions }: DashboardParts): RequestHandler {
  return ({ method, headers }, _response, next) => {
    if (method !== 'GET' && !sessions.isCsrfToken(headers['x-csrf-token'], headers.cookie)) {
      throw new HttpError(403, 'csrf_token', 'The page is older than this session. Load it again.');
    }
    next();
  };
}

/**
 * Makes the Dashboard: its page, its API, the doors of operations, and behind its own path the extension's
 * page.
 */
export function createDashboard(parts: DashboardParts): RequestListener {
  const { host, page, publicUrl, isPassword } = parts;
  const html = documentHtml({
    style: page.style,
    body: `<body><div id="page"></div><noscript><p class="alone">The Dashboard needs JavaScript.</p></noscript><script>${page.script}</script></body>`,
  });
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use(secureHeaders(page));
  app.get('/healthz', answerHealth(parts));
  app.get('/metrics', answerMetrics(parts));
  app.get('/', (_request, response) => {
    response.type('html').send(html);
  });
  app.use(refuseCrossSite(parts), express.json({ limit: BODY_LIMIT }));
  app.get('/api/session', answerSession(parts));
  app.post('/api/login', logIn(parts));
  app.use(['/api', '/extension-page'], needSession(parts));
  app.get('/extension-page', openExtensionPage(parts));
  app.use('/api', needCsrfToken(parts));
  app.post('/api/logout', logOut(parts));
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
    // Probes and scrapers come by names that nobody has told us; metrics then need the password.
    const isOpen = path === '/healthz' || (path === '/metrics' && isPassword);
    if (!isOpen && !isAllowedHost(request.headers.host, publicUrl)) {
      const message =
        'This server does not answer to the name in the Host header. If it is the right one, name it in DASHBOARD_URL.';
      response.writeHead(421, { 'content-type': 'application/json; charset=utf-8' });
      response.end(JSON.stringify({ error: 'unknown_host', message }));
      return;
    }
    const isExtension = path === mountPath || path.startsWith(`${mountPath}/`);
    if (isExtension && host.installed) host.serve(request, response, extensionUrl(request, publicUrl));
    else app(request, response);
  };
}
