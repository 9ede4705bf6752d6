import express, { type Express } from 'express';
import { answerPage } from './answer-page';
import type { AppParts } from './app-parts';
import { onUninstall } from './hooks/on-uninstall';
import { ON_UNINSTALL_PATH } from './hooks/on-uninstall-path';
import { addRoute } from './http/add-route';
import { HttpError } from './http/http-error';
import { secureHeaders } from './http/secure-headers';
import { sendError } from './http/send-error';
import { clientConfiguration } from './login/client-configuration';
import { finishLogin } from './login/finish-login';
import { logout } from './login/logout';
import { startLogin } from './login/start-login';
import { answerMeta } from './meta/answer-meta';
import { answerReport } from './report/answer-report';
import { requireSession } from './session/require-session';

/** Joins the extension's doors. Each response must bring its visit in `locals`. */
export function createApp(parts: AppParts): Express {
  const app = express();
  for (const setting of ['x-powered-by', 'etag', 'query parser']) app.set(setting, false);
  app.enable('case sensitive routing');
  app.use(secureHeaders(parts.page));

  addRoute(app, '/', { get: answerPage(parts) });
  addRoute(app, '/api/report', { get: requireSession(parts.clock, answerReport(parts)) });
  addRoute(app, '/login', { get: startLogin(parts) });
  addRoute(app, '/login/callback', { post: finishLogin(parts) });
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
