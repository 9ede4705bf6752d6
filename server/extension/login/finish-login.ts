import type { AppParts } from '../app-parts';
import type { Handler } from '../http/handler';
import { HttpError } from '../http/http-error';
import { readCookies } from '../http/read-cookies';
import { readForm } from '../http/read-form';
import { createSessionCookie } from '../session/create-session-cookie';
import { clearLoginCookies, readLoginCookies } from './login-cookies';
import { nonceDigest, readLoginState } from './login-state';
import { sameText } from './same-text';
import { verifyTokens } from './verify-tokens';

const AGAIN = 'Sign in again from the Auth0 Dashboard, in one browser window.';

/**
 * `POST /login/callback`: the login server sends the browser back with the tokens. The login must have been
 * begun in this very browser, and is finished once.
 */
export function finishLogin({
  clock,
  issuerKeys,
  usedLogins,
}: Pick<AppParts, 'clock' | 'issuerKeys' | 'usedLogins'>): Handler {
  return async (request, response) => {
    const { visit } = response.locals;
    const { installation } = visit;
    const { baseUrl, extensionSecret } = installation;
    const cleared = clearLoginCookies(installation);
    // Whatever comes of it, this login is over.
    response.setHeader('set-cookie', cleared);

    const form = await readForm(visit);
    const remembered = readLoginCookies(readCookies(request.headers.cookie), installation);
    if (!remembered.state || !remembered.nonce) {
      throw new HttpError(403, 'login_unknown', `This browser has begun no login, or it is over. ${AGAIN}`);
    }
    if (!sameText(form.get('state'), remembered.state)) {
      throw new HttpError(
        403,
        'login_mixed_up',
        `This is not the login that this browser has begun. ${AGAIN}`,
      );
    }
    const login = await readLoginState(remembered.state, installation, clock.now());
    if (!login) throw new HttpError(403, 'login_expired', `The login took too long. ${AGAIN}`);
    if (!sameText(nonceDigest(remembered.nonce), login.nonceDigest)) {
      throw new HttpError(403, 'login_mixed_up', `What this browser remembers is of two logins. ${AGAIN}`);
    }
    if (form.has('error')) {
      throw new HttpError(403, 'login_denied', `Auth0 did not let you in. ${AGAIN}`);
    }
    const [idToken, accessToken] = [form.get('id_token'), form.get('access_token')];
    if (!idToken || !accessToken) {
      throw new HttpError(400, 'login_incomplete', `The login brought no tokens. ${AGAIN}`);
    }
    const administrator = await verifyTokens(
      { idToken, accessToken, nonce: remembered.nonce },
      installation,
      issuerKeys(installation.rta),
      clock.now(),
    );
    if (!usedLogins.claim(login.id)) {
      throw new HttpError(403, 'login_replayed', `This login has been used already. ${AGAIN}`);
    }
    const session = await createSessionCookie({
      extensionSecret,
      baseUrl,
      owner: administrator,
      now: clock.now(),
      until: administrator.until,
    });
    response.setHeader('set-cookie', [...cleared, session]);
    response.redirect(303, `${baseUrl}/`);
  };
}
