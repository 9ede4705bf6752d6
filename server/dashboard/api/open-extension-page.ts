import type { RequestHandler } from 'express';
import { createSessionCookie } from '../../extension/session/create-session-cookie';
import { mountPath } from '../../host/webtask/mount';
import type { DashboardParts } from '../dashboard-parts';
import { sessionOwner } from '../extension-session';
import { extensionUrl } from '../extension-url';
import { needSession } from './need-session';

/** `GET /extension-page`: leads to the extension's own page, signed in as whoever uses the Dashboard. */
export function openExtensionPage({ host, publicUrl, access }: DashboardParts): RequestHandler {
  return async (request, response) => {
    const session = needSession(access, request);
    const cookie = await createSessionCookie({
      extensionSecret: host.extensionSecret,
      baseUrl: extensionUrl(request, publicUrl),
      owner: sessionOwner(session),
      now: host.now(),
    });
    response.setHeader('set-cookie', cookie);
    response.redirect(303, `${mountPath}/`);
  };
}
