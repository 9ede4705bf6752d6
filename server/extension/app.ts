import express, { type ErrorRequestHandler, type Express } from 'express';
import escapeHtml from 'lodash/escape.js';
import { ExportError } from '../../src/errors';
import type { Clock } from '../../src/time';
import { basePath, type Webtask } from '../../src/webtask';
import manifest from '../../webtask.json';
import { documentHtml, errorHtml, HttpError, LOGO, type PageAssets, scriptedBody } from '../web/http';
import { secureHeaders } from '../web/security-headers';
import type { AppDependencies } from './dependencies';
import { createUsedLogins } from './login/login-state';
import { clientConfiguration, confirmSession, finishLogin, logout, startLogin } from './login/routes';
import { createIssuerKeys } from './login/verify-tokens';
import { answerReport } from './report/route';
import { addRoute, createRequestContext, type Handler, type RequestContext } from './request-context';
import { readSession, requireSession } from './session';
import { ON_UNINSTALL_PATH, onUninstall } from './uninstall-hook';

/** `GET /`: the page, or the way to the login. What the page shows it then asks of `/api/report`. */
function answerPage({ clock, page }: Pick<AppDependencies, 'clock' | 'page'>): Handler {
  return async (request, response) => {
    const { installation } = response.locals.requestContext;
    const session = await readSession(request.headers.cookie, installation, clock.now());
    if (!session) {
      response.redirect(302, `${installation.baseUrl}/login`);
      return;
    }
    const path = installation.cookiePath.replace(/\/$/, '');
    response.type('html').send(
      documentHtml({
        style: page.style,
        body: scriptedBody({
          masthead: `${LOGO}<div class="masthead-name"><p class="small">Dashboard / Extensions</p><h1>${escapeHtml(manifest.title)}</h1><p class="muted small">${escapeHtml(installation.domain)}</p></div>`,
          name: 'This page',
          script: page.script,
          data: {
            path,
            tenant: installation.domain,
            dashboard: installation.manageUrl,
            user: session.email,
          },
        }),
      }),
    );
  };
}

/** What a client is told of an error: a fault of our own says nothing about itself. */
function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof ExportError) return new HttpError(503, error.code, error.message);
  return new HttpError(500, 'internal_error', 'The request could not be handled.');
}

/** Answers every error: as a page to a browser that was led there, as `{ error, message }` to everyone else. */
function sendError({ style }: PageAssets): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const { status, code, message } = toHttpError(error);
    const { requestContext }: { requestContext?: RequestContext } = response.locals;
    if (code === 'internal_error') {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
      console.error(requestContext?.redactor.text(`request failed: ${reason}`));
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // What is left of a body that was too large is not read.
    if (status === 413) response.setHeader('connection', 'close');
    const isPage = !request.path.startsWith('/api/') && request.accepts(['json', 'html']) === 'html';
    response.status(status);
    if (isPage)
      response
        .type('html')
        .send(
          errorHtml({ message, style, link: { href: `${pathOf(requestContext)}/login`, text: 'Sign in' } }),
        );
    else response.json({ error: code, message });
  };
}

/** The path of the extension, where it is known. */
function pathOf(requestContext: RequestContext | undefined): string {
  try {
    return requestContext?.installation.cookiePath.replace(/\/$/, '') ?? '';
  } catch {
    return '';
  }
}

/** `GET /meta`: the manifest, which names the settings and knows none of their values. */
const answerMeta: Handler = (_request, response) => {
  response.json(manifest);
};

/** Joins the extension's doors. Each response must bring its request context in `locals`. */
export function createApp(parts: AppDependencies): Express {
  const app = express();
  for (const setting of ['x-powered-by', 'etag', 'query parser']) app.set(setting, false);
  app.enable('case sensitive routing');
  app.use(secureHeaders(parts.page));

  addRoute(app, '/', { get: answerPage(parts) });
  addRoute(app, '/api/report', { get: requireSession(parts.clock, answerReport(parts)) });
  addRoute(app, '/login', { get: startLogin(parts) });
  addRoute(app, '/login/callback', { post: finishLogin(parts) });
  addRoute(app, '/login/done', { get: confirmSession(parts) });
  addRoute(app, '/logout', { get: logout });
  addRoute(app, '/.well-known/oauth2-client-configuration', { get: clientConfiguration });
  addRoute(app, ON_UNINSTALL_PATH, { delete: onUninstall(parts) });
  addRoute(app, '/meta', { get: answerMeta });

  app.use(() => {
    throw new HttpError(404, 'not_found', 'There is nothing at this address.');
  });
  app.use(sendError(parts.page));
  return app;
}

/**
 * Makes everything of the extension that is not cron: its page, the login in front of it, the report and the
 * platform's hooks, behind the interface of a webtask. Made once for a process.
 *
 * @param page from `inline:server/extension/page/main.tsx`
 */
export function createExtension({
  page,
  clock,
  fetch,
}: {
  page: PageAssets;
  clock: Clock;
  fetch: typeof globalThis.fetch;
}): Webtask {
  const issuerKeys = createIssuerKeys(fetch);
  const app = createApp({ page, clock, fetch, issuerKeys, usedLogins: createUsedLogins() });
  return (context, request, response) => {
    const requestContext = createRequestContext(context, request);
    const inside = (request.url ?? '/').slice(basePath(request).length);
    request.url = inside.startsWith('/') ? inside : `/${inside}`;
    app(request, Object.assign(response, { locals: { requestContext } }));
  };
}
