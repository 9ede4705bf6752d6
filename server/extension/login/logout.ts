import type { Handler } from '../http/handler';
import { setCookie } from '../http/set-cookie';
import { SESSION_COOKIE } from '../session/session-cookie-name';
import { rtaUrl } from './rta-url';

/**
 * `GET /logout`: ends the session here and at the login server, which leads back. Another site that only
 * makes the browser ask for it, in an image or a link, ends nothing.
 */
export const logout: Handler = (request, response) => {
  const { baseUrl, cookiePath, rta } = response.locals.visit.installation;
  const from = request.headers['sec-fetch-site'];
  if (from === 'cross-site' || from === 'same-site') {
    response.redirect(303, `${baseUrl}/`);
    return;
  }
  const end = new URL('/v2/logout', rtaUrl(rta));
  end.search = new URLSearchParams({ returnTo: baseUrl, client_id: baseUrl }).toString();
  response.setHeader(
    'set-cookie',
    setCookie(SESSION_COOKIE, '', { path: cookiePath, sameSite: 'Lax', maxAge: 0 }),
  );
  response.redirect(303, end.href);
};
