import { createHash } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import escapeHtml from 'lodash/escape.js';
import type { Faults } from './http/faults';
import {
  type Answer,
  type Call,
  jsonAnswer,
  type SandboxServer,
  type ServerOptions,
  startServer,
} from './http/server';

/** An administrator of the Dashboard. */
export interface SandboxAdministrator {
  sub: string;
  name: string;
  email: string;
}

/** How the sandbox's login server is set up. */
interface AuthorizationOptions {
  /** Who signs in. */
  administrator?: SandboxAdministrator;
  /** The login server's clock, in epoch milliseconds. */
  now?: () => number;
}

const KEY_ID = 'sandbox-key-1';

/** How a token is to differ from the right one. */
export interface TokenOverrides {
  /** In place of, or besides, the right claims; `undefined` leaves one out. */
  claims?: Record<string, unknown>;
  /** Makes the token itself out of the claims, in place of the server's key. */
  sign?: (claims: JWTPayload) => Promise<string>;
}

/** Signs with the login server's key. */
interface TokenSigner {
  sign(claims: JWTPayload, wishes?: TokenOverrides): Promise<string>;
  /** What `/.well-known/jwks.json` answers. */
  readonly jwks: { keys: JWK[] };
  /** PEM. */
  readonly publicKey: string;
}

/** Makes a login server's key pair. */
export async function createTokenSigner(): Promise<TokenSigner> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = await exportJWK(publicKey);
  return {
    jwks: { keys: [{ ...jwk, kid: KEY_ID, alg: 'RS256', use: 'sig' }] },
    publicKey: await exportSPKI(publicKey),
    sign: (right, { claims = {}, sign } = {}) => {
      const payload = { ...right, ...claims };
      if (sign) return sign(payload);
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: KEY_ID })
        .sign(privateKey);
    },
  };
}

/** The login server of the Dashboard's administrators, as tests see it. */
export interface AuthorizationSandbox {
  /** What goes into AUTH0_RTA: another site than 127.0.0.1, as Auth0's is another than the extension's. */
  readonly rta: string;
  /** `https://RTA/`, the issuer of its tokens. */
  readonly issuer: string;
  readonly server: SandboxServer;
  readonly faults: Faults;
  readonly administrator: SandboxAdministrator;
  /** Requests for the public keys. */
  readonly keyRequests: number;
  /** The public key as PEM, as an attacker can have it. */
  readonly publicKey: string;
  /** Id and access token of a login, right unless something else is wished for. */
  mint(login: {
    clientId: string;
    audience: string;
    nonce: string;
    id?: TokenOverrides;
    access?: TokenOverrides;
  }): Promise<{ idToken: string; accessToken: string }>;
  close(): Promise<void>;
}

/** Auth0's login page refuses to be framed. */
const UNFRAMED = { 'x-frame-options': 'DENY', 'content-security-policy': "frame-ancestors 'none'" };

/** Where the links to the Auth0 Dashboard lead. */
const DASHBOARD: Answer = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox</title><link rel="icon" href="data:,"></head><body><h1>Sandbox</h1><p>Installed from the gallery, this leads to the Auth0 Dashboard. There is none in the sandbox: go back to the extension.</p></body></html>',
};

/**
 * The login server's page: posts the fields to the client, by itself where the administrator is signed in
 * already, on a click otherwise.
 */
function consentHtml({
  action,
  fields,
  email,
  isSignedIn,
}: {
  action: string;
  fields: Readonly<Record<string, string>>;
  email: string;
  isSignedIn: boolean;
}): string {
  const inputs = Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`)
    .join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox sign-in</title><link rel="icon" href="data:,"></head><body><h1>Sandbox sign-in</h1><p>This plays the page where the administrators of the Auth0 Dashboard sign in. Whoever has signed out gets here.</p><form method="post" action="${escapeHtml(action)}">${inputs}<button>Sign in as ${escapeHtml(email)}</button></form>${isSignedIn ? '<script>document.forms[0].submit()</script>' : ''}</body></html>`;
}

/**
 * Whether a client lets itself be led back to an address: it says so itself, as the platform's clients do.
 *
 * @param kind the list in the client's own configuration
 */
async function mayRedirect(
  clientId: string,
  address: string,
  kind: 'redirect_uris' | 'post_logout_redirect_uris',
): Promise<boolean> {
  if (!URL.canParse(clientId)) return false;
  const response = await fetch(`${clientId}/.well-known/oauth2-client-configuration`);
  if (!response.ok) return false;
  const configuration: unknown = await response.json();
  if (typeof configuration !== 'object' || configuration === null) return false;
  const addresses: unknown = Reflect.get(configuration, kind);
  return Array.isArray(addresses) && addresses.includes(address);
}

const LIFETIME_SECONDS = 3_600;

/** A login as its tokens describe it. */
interface Login {
  clientId: string;
  audience: string;
  nonce: string;
  id?: TokenOverrides | undefined;
  access?: TokenOverrides | undefined;
}

/** Mints the tokens of a login, each as wished for; `at_hash` belongs to the access token that is minted. */
async function mintTokens(
  signer: TokenSigner,
  { clientId, audience, nonce, id, access }: Login,
  { issuer, administrator, now }: { issuer: string; administrator: SandboxAdministrator; now: number },
): Promise<{ idToken: string; accessToken: string }> {
  const iat = Math.floor(now / 1000);
  const common = { iss: issuer, sub: administrator.sub, iat, exp: iat + LIFETIME_SECONDS };
  const accessToken = await signer.sign(
    { ...common, aud: [audience, `${issuer}userinfo`], azp: clientId, scope: 'openid name email' },
    access,
  );
  const digest = createHash('sha256').update(accessToken).digest();
  const { name, email } = administrator;
  const idToken = await signer.sign(
    {
      ...common,
      aud: clientId,
      nonce,
      name,
      email,
      at_hash: digest.subarray(0, digest.length / 2).toString('base64url'),
    },
    id,
  );
  return { idToken, accessToken };
}

/** Making a key pair takes a third of a second; the sandboxes of a process share one. */
let shared: Promise<TokenSigner> | undefined;

const ENDPOINTS: Readonly<Record<string, string>> = {
  '/authorize': 'authorize',
  '/.well-known/jwks.json': 'keys',
  '/v2/logout': 'logout',
  '/': 'dashboard',
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
    return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8', ...UNFRAMED }, body };
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
        if (endpoint === 'dashboard') return DASHBOARD;
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
