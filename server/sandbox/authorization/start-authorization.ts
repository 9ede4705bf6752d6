import type { Answer } from '../http/answer';
import type { Call } from '../http/call';
import { jsonAnswer } from '../http/json-answer';
import { type ServerOptions, startServer } from '../http/start-server';
import type { AuthorizationOptions } from './authorization-options';
import type { AuthorizationSandbox } from './authorization-sandbox';
import { consentHtml } from './consent-html';
import { mayRedirect } from './may-redirect';
import { type Login, mintTokens } from './mint-tokens';
import { createTokenSigner, type TokenSigner } from './token-signer';

/** Making a key pair takes a third of a second; the sandboxes of a process share one. */
let shared: Promise<TokenSigner> | undefined;

const ENDPOINTS: Readonly<Record<string, string>> = {
  '/authorize': 'authorize',
  '/.well-known/jwks.json': 'keys',
  '/v2/logout': 'logout',
};

const refusal = (description: string): Answer =>
  jsonAnswer(403, { error: 'invalid_request', error_description: description });

/**
 * Starts the server where the Dashboard's administrators sign in: implicit flow with `form_post`, RS256.
 *
 * ```ts
 * const authorization = await startAuthorization();
 * const secrets = { ...sandbox.secrets(), AUTH0_RTA: authorization.rta };
 * ```
 */
export async function startAuthorization(
  options: AuthorizationOptions = {},
  serverOptions: ServerOptions = {},
): Promise<AuthorizationSandbox> {
  const { now = Date.now } = options;
  const administrator = options.administrator ?? {
    sub: 'google-oauth2|1048576',
    name: 'Ada Administrator',
    email: 'ada@example.com',
  };
  shared ??= createTokenSigner();
  const signer = await shared;
  let isSignedIn = true;
  let keyRequests = 0;
  let rta = '';
  const mint = (login: Login) =>
    mintTokens(signer, login, { issuer: `https://${rta}/`, administrator, now: now() });

  async function authorize({ query }: Call): Promise<Answer> {
    const asked = (name: string) => query.get(name) ?? '';
    const [clientId, action] = [asked('client_id'), asked('redirect_uri')];
    if (asked('response_mode') !== 'form_post' || asked('response_type') !== 'token id_token') {
      return refusal('Only response_type=token id_token with response_mode=form_post is served here.');
    }
    if (!(await mayRedirect(clientId, action, 'redirect_uris'))) {
      return refusal(`The client does not name ${action} among its redirect_uris.`);
    }
    const { idToken, accessToken } = await mint({
      clientId,
      audience: asked('audience'),
      nonce: asked('nonce'),
    });
    const body = consentHtml({
      action,
      fields: { id_token: idToken, access_token: accessToken, token_type: 'Bearer', state: asked('state') },
      email: administrator.email,
      isSignedIn,
    });
    // After a logout the page waits for a click once.
    isSignedIn = true;
    return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
  }

  async function logout({ query }: Call): Promise<Answer> {
    isSignedIn = false;
    const returnTo = query.get('returnTo') ?? '';
    if (!(await mayRedirect(query.get('client_id') ?? '', returnTo, 'post_logout_redirect_uris'))) {
      return refusal(`The client does not name ${returnTo} among its post_logout_redirect_uris.`);
    }
    return { status: 302, headers: { location: returnTo }, body: '' };
  }

  const server = await startServer(
    {
      endpointOf: (_method, path) => ENDPOINTS[path] ?? 'other',
      answer: (call, endpoint) => {
        if (endpoint === 'authorize') return authorize(call);
        if (endpoint === 'logout') return logout(call);
        if (endpoint === 'keys') return jsonAnswer(200, signer.jwks);
        return jsonAnswer(404, { error: 'not_found' });
      },
      watch: (endpoint) => {
        if (endpoint === 'keys') keyRequests++;
        return () => undefined;
      },
    },
    serverOptions,
  );
  rta = server.url.replace('http://127.0.0.1', 'localhost');

  return {
    rta,
    issuer: `https://${rta}/`,
    server,
    faults: server.faults,
    administrator,
    publicKey: signer.publicKey,
    get keyRequests() {
      return keyRequests;
    },
    mint,
    close: server.close,
  };
}
