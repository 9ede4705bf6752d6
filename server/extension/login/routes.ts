import { randomBytes } from 'node:crypto';
import manifest from '../../../webtask.json';
import { cookieName, readCookies, setCookie } from '../../web/cookies';
import { HttpError } from '../../web/http';
import type { AppDependencies } from '../dependencies';
import { isSecureAddress } from '../installation';
import { type Handler, readForm } from '../request-context';
import { createSessionCookie, readSession } from '../session';
import {
  clearLoginCookies,
  nonceDigest,
  readLoginCookies,
  readLoginState,
  sameText,
  setLoginCookies,
  signLoginState,
} from './login-state';
import { rtaUrl, verifyTokens } from './verify-tokens';

/** `GET /.well-known/oauth2-client-configuration`: what the platform lets administrators sign in with. */
export const clientConfiguration: Handler = (_request, response) => {
  const { baseUrl } = response.locals.requestContext.installation;
  response.json({
    redirect_uris: [`${baseUrl}/login/callback`],
    client_name: manifest.title,
    post_logout_redirect_uris: [baseUrl],
  });
};

const AGAIN = 'Sign in again from the Auth0 Dashboard, in one browser window.';

/**
 * `POST /login/callback`: the login server sends the browser back with the tokens. The login must have been
 * begun in this very browser, and is finished once.
 */
export function finishLogin({
  clock,
  issuerKeys,
  usedLogins,
}: Pick<AppDependencies, 'clock' | 'issuerKeys' | 'usedLogins'>): Handler {
  return async (request, response) => {
    const { requestContext } = response.locals;
    const { installation } = requestContext;
    const { baseUrl, extensionSecret } = installation;
    const cleared = clearLoginCookies(installation);
    // Whatever comes of it, this login is over.
    response.setHeader('set-cookie', cleared);

    const form = await readForm(requestContext);
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
    response.redirect(303, `${baseUrl}/login/done`);
  };
}

/**
 * `GET /login/done`: leads a browser that has signed in to the page. A browser that did not keep the session cookie, as in
 * a frame of another site, would be sent to the login by the page, and back here, without end.
 */
export function confirmSession({ clock }: Pick<AppDependencies, 'clock'>): Handler {
  return async (request, response) => {
    const { installation } = response.locals.requestContext;
    if (!(await readSession(request.headers.cookie, installation, clock.now()))) {
      throw new HttpError(
        403,
        'session_not_kept',
        'You signed in, but this browser did not keep the session cookie. Allow cookies for this site, then sign in again in a window of its own.',
      );
    }
    response.redirect(303, `${installation.baseUrl}/`);
  };
}

/**
 * `GET /logout`: ends the session here and at the login server, which leads back. Another site that only
 * makes the browser ask for it, in an image or a link, ends nothing.
 */
export const logout: Handler = (request, response) => {
  const { baseUrl, cookiePath, rta } = response.locals.requestContext.installation;
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

/** 256 bits: nobody guesses them. */
const random = () => randomBytes(32).toString('base64url');

/** `GET /login`: sends the browser to where the Dashboard's administrators sign in. */
export function startLogin({ clock }: Pick<AppDependencies, 'clock'>): Handler {
  return async (_request, response) => {
    const { installation } = response.locals.requestContext;
    const { baseUrl, domain, rta } = installation;
    if (!isSecureAddress(baseUrl)) {
      throw new HttpError(
        500,
        'insecure_address',
        `Browsers keep a login for an https address only. Put one in front of the extension, and into PUBLIC_WT_URL.`,
      );
    }
    const nonce = random();
    const state = await signLoginState({ id: random(), nonce }, installation, clock.now());
    const authorize = new URL('/authorize', rtaUrl(rta));
    authorize.search = new URLSearchParams({
      client_id: baseUrl,
      redirect_uri: `${baseUrl}/login/callback`,
      response_type: 'token id_token',
      response_mode: 'form_post',
      scope: 'openid name email',
      audience: `https://${domain}/api/v2/`,
      expiration: '3600',
      nonce,
      state,
    }).toString();
    response.setHeader('set-cookie', setLoginCookies({ state, nonce }, installation));
    response.redirect(302, authorize.href);
  };
}
