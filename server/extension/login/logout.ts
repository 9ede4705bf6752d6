import { cookieName } from '../http/cookie-name';
import type { Handler } from '../http/handler';
import { setCookie } from '../http/set-cookie';
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
    setCookie(cookieName('session', baseUrl), '', { path: cookiePath, sameSite: 'Lax', maxAge: 0 }),
  );
  response.redirect(303, end.href);
};
