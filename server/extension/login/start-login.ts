import { randomBytes } from 'node:crypto';
import type { AppParts } from '../app-parts';
import type { Handler } from '../http/handler';
import { HttpError } from '../http/http-error';
import { isSecureAddress } from '../installation/is-secure-address';
import { setLoginCookies } from './login-cookies';
import { signLoginState } from './login-state';
import { rtaUrl } from './rta-url';

/** 256 bits: nobody guesses them. */
const random = () => randomBytes(32).toString('base64url');

/** `GET /login`: sends the browser to where the Dashboard's administrators sign in. */
export function startLogin({ clock }: Pick<AppParts, 'clock'>): Handler {
  return async (_request, response) => {
    const { installation } = response.locals.visit;
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
