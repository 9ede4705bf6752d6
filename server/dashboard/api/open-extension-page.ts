import type { RequestHandler } from 'express';
import { createSessionCookie } from '../../extension/session/create-session-cookie';
import { mountPath } from '../../host/webtask/mount';
import type { DashboardParts } from '../dashboard-parts';
import { extensionUrl } from '../extension-url';

/** `GET /extension-page`: leads to the extension's own page, signed in as whoever uses the Dashboard. */
export function openExtensionPage({ host, publicUrl }: DashboardParts): RequestHandler {
  return async (request, response) => {
    const cookie = await createSessionCookie({
      extensionSecret: host.extensionSecret,
      baseUrl: extensionUrl(request, publicUrl),
      owner: { subject: 'dashboard', email: 'Dashboard' },
      now: host.now(),
    });
    response.setHeader('set-cookie', cookie);
    response.redirect(303, `${mountPath}/`);
  };
}
