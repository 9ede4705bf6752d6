import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createExtension } from '../../../server/extension/app';
import {
  type AuthorizationSandbox,
  startAuthorization,
  type TokenOverrides,
} from '../../../server/sandbox/authorization';
import { type Clock, systemClock } from '../../../src/time';
import { createWebtask, type WebtaskContext } from '../../../src/webtask';
import { cookieHeader } from './cookie-header';
import { type Received, type Sent, send } from './send';

/** A login that a browser has begun, with what the login server would send back. */
export interface BegunLogin {
  cookies: string[];
  state: string;
  nonce: string;
  /** Where the browser was sent. */
  location: URL;
}

/** The extension behind a server of its own, without a bundle. */
export interface OpenExtension {
  /** Of the host. */
  origin: string;
  /** The extension's own address. */
  address: string;
  authorization: AuthorizationSandbox;
  secrets: Record<string, string>;
  /** Runs that were started. */
  readonly runs: number;
  /** Lets time pass. */
  advance(ms: number): void;
  send(request: Sent): Promise<Received>;
  begin(): Promise<BegunLogin>;
  /** Sends the callback of a login; right unless something else is wished for. */
  finish(
    login: BegunLogin,
    wishes?: {
      id?: TokenOverrides;
      access?: TokenOverrides;
      nonce?: string;
      audience?: string;
      form?: Record<string, string | undefined>;
      cookie?: string;
    },
  ): Promise<Received>;
  /** Signs in; answers the `Cookie` header of the session. */
  signIn(): Promise<string>;
}

/** What is opened. */
export interface OpenExtensionOptions {
  secrets?: Record<string, string>;
  /** The stored document. */
  state?: unknown;
  /** As the platform says it; the path of the address must fit. */
  mount?: { url_format: number; container: string; jtn: string };
  path?: string;
  /** Read bodies, as the platform may: it leaves what it parsed, or the text. */
  readBody?: 'parsed' | 'text';
  /** WT_URL is not set. */
  withoutAddress?: boolean;
  fetch?: typeof fetch;
}

const TOKEN = 'webtask-token-8c1f0e6a2b';

/** Opens the extension on a free port, behind the same door as on the platform; closed when the test ends. */
export async function openExtension(options: OpenExtensionOptions = {}): Promise<OpenExtension> {
  const { path = '', mount } = options;
  const authorization = await startAuthorization({ now: () => clock.now() });
  let passed = 0;
  let runs = 0;
  const clock: Clock = { ...systemClock, now: () => Date.now() + passed };
  const extension = createExtension({
    page: { script: 'void 0', style: 'p{}' },
    clock,
    fetch: options.fetch ?? globalThis.fetch,
  });
  const webtask = createWebtask({
    loadApp: async () => extension,
    loadJob: async () => async () => {
      runs += 1;
      return { statusCode: 200, body: {} };
    },
  });
  const secrets: Record<string, string> = {
    AUTH0_DOMAIN: 'tenant.eu.auth0.com',
    AUTH0_CLIENT_ID: 'extensionClientId',
    AUTH0_CLIENT_SECRET: 'client-secret-Zk3nW8qLp0',
    EXTENSION_SECRET: 'extension-secret-5Yh1Lr7dQ2',
    SEGMENT_KEY: 'segment-write-key-Tg5Xo9',
    AUTH0_RTA: authorization.rta,
    ...options.secrets,
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    if (options.readBody) for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const text = Buffer.concat(chunks).toString();
    const context: WebtaskContext = {
      secrets,
      token: TOKEN,
      storage: { get: (done) => done(null, options.state), set: (_data, _options, done) => done() },
      ...(options.readBody === 'text' && { body_raw: text }),
      ...(options.readBody === 'parsed' &&
        text !== '' && { body: Object.fromEntries(new URLSearchParams(text)) }),
    };
    webtask(context, Object.assign(request, mount && { x_wt: mount }), response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const address = origin + path;
  if (!options.withoutAddress) secrets.WT_URL ??= address;
  onTestFinished(async () => {
    server.closeAllConnections();
    await Promise.all([new Promise((resolve) => server.close(resolve)), authorization.close()]);
  });

  const open: OpenExtension = {
    origin,
    address,
    authorization,
    secrets,
    get runs() {
      return runs;
    },
    advance: (ms) => {
      passed += ms;
    },
    send: (request) => send(origin, request),
    begin: async () => {
      const { cookies, headers } = await send(origin, { path: `${path}/login` });
      const location = new URL(headers.location ?? '');
      const asked = (name: string) => location.searchParams.get(name) ?? '';
      return { cookies, location, state: asked('state'), nonce: asked('nonce') };
    },
    finish: async (login, { id, access, nonce = login.nonce, audience, form, cookie } = {}) => {
      const asked = (name: string) => login.location.searchParams.get(name) ?? '';
      const tokens = await authorization.mint({
        clientId: asked('client_id'),
        audience: audience ?? asked('audience'),
        nonce,
        ...(id && { id }),
        ...(access && { access }),
      });
      const fields = {
        id_token: tokens.idToken,
        access_token: tokens.accessToken,
        state: login.state,
        ...form,
      };
      const overrides = Object.entries(fields).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      return send(origin, {
        method: 'POST',
        path: `${path}/login/callback`,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          cookie: cookie ?? cookieHeader(login.cookies),
        },
        body: new URLSearchParams(overrides).toString(),
      });
    },
    signIn: async () => cookieHeader((await open.finish(await open.begin())).cookies),
  };
  return open;
}
