import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createTriggerTokens } from '../../../server/log-streams/trigger-tokens';
import type { Sandbox, SandboxOptions } from '../../../server/sandbox/sandbox';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { withStartFound } from '../../../server/tenants/find-start';
import { openAdministration } from '../../../server/tenants/setup/administration';
import type { AdministrationCredentials } from '../../../server/tenants/setup/administration-fetch';
import { pushEndpoint } from '../../../server/tenants/setup/intended';
import { type SetupLine, setUp } from '../../../server/tenants/setup/set-up';
import { domainToTakeBack, takeBack } from '../../../server/tenants/setup/take-back';
import { systemClock } from '../../../src/time';
import { openSandbox } from '../sandbox/open-sandbox';
import { openTestTenants } from './open-test-tenants';
import { tryOut } from './try-out';

const NAME = 'acme';
const ENDPOINT = 'https://exporter.example.com/log-streams/acme';
const ALL_STEPS = ['application', 'grant', 'tenant', 'log stream', 'check'];

/** A sandbox tenant to be set up, and a folder in which tenants are kept. */
async function openWorld(options: SandboxOptions = {}) {
  const sandbox = await openSandbox(options);
  const tenants = await openTestTenants({ now: Date.now });
  const tokens = createTriggerTokens(tenants.database.logStreams);
  const { registry } = tenants;
  // Retries wait for nothing here.
  const clock = { ...systemClock, sleep: async () => {} };
  const shared = { fetch, clock, random: () => 0 };

  /** Sets up, with a token of these scopes or other credentials; answers what was said. */
  const setup = async (
    given: {
      scopes?: readonly string[];
      credentials?: AdministrationCredentials;
      endpoint?: string | undefined;
      segmentKey?: string | undefined;
      startFrom?: string;
      name?: string;
      domain?: string;
      fetch?: typeof fetch;
      onSay?: (line: SetupLine) => void;
    } = {},
  ) => {
    const lines: SetupLine[] = [];
    const { scopes, credentials, endpoint, segmentKey, startFrom, name, domain, ...more } = {
      name: NAME,
      domain: sandbox.tenant.domain,
      endpoint: ENDPOINT,
      segmentKey: sandbox.segment.writeKey,
      ...given,
    };
    await setUp(
      {
        name,
        domain,
        input: {
          settings: {
            ...(segmentKey !== undefined && { SEGMENT_KEY: segmentKey }),
            ...(startFrom !== undefined && { START_FROM: startFrom }),
          },
        },
        endpoint,
      },
      {
        administration: openAdministration({
          ...shared,
          fetch: more.fetch ?? fetch,
          domain,
          credentials: credentials ?? { token: sandbox.tenant.issueToken(scopes) },
        }),
        registry,
        tokens,
        check: async (tenant) => tryOut(await registry.settingsOf(tenant), shared),
        mayReference: true,
        findStart: (before, settings) =>
          withStartFound(before, settings, { ...shared, registry, mayReference: true }),
        say: (line) => {
          lines.push(line);
          more.onSay?.(line);
        },
      },
    );
    return lines;
  };
  const undo = async (scopes?: readonly string[], keepState = false) => {
    const lines: SetupLine[] = [];
    const domain = await domainToTakeBack(NAME, '', registry);
    await takeBack(
      { name: NAME, keepState },
      {
        administration: openAdministration({
          ...shared,
          domain,
          credentials: { token: sandbox.tenant.issueToken(scopes) },
        }),
        registry,
        say: (line) => lines.push(line),
      },
    );
    return lines;
  };
  return { ...tenants, sandbox, tokens, setup, undo };
}

/** What there is in Auth0 besides what was there from the start. */
function madeIn({ tenant }: Sandbox) {
  const first = [tenant.clientId, tenant.administrator.clientId];
  const clients = tenant.clients().filter(({ client_id }) => !first.includes(client_id));
  return {
    clients,
    grants: tenant.grants().filter(({ client_id }) => !first.includes(client_id)),
    streams: tenant.streams.list(),
  };
}

/** Returns the Authorization header of the log stream that a setup created. */
const authorizationIn = (sandbox: Sandbox): string =>
  madeIn(sandbox).streams[0]?.sink.httpAuthorization ?? '';

const outcomes = (lines: readonly SetupLine[]) => lines.map(({ step, outcome }) => `${step} ${outcome}`);

test('a fresh setup makes application, grant, tenant and log stream, and the tenant can be exported', async () => {
  const { sandbox, setup, registry, tokens } = await openWorld();
  expect(outcomes(await setup())).toEqual([
    'application created',
    'grant created',
    'tenant created',
    'log stream created',
    'check ok',
  ]);
  const { clients, grants, streams } = madeIn(sandbox);
  expect(clients).toEqual([
    expect.objectContaining({
      name: 'Auth0 Logs to Segment (acme)',
      app_type: 'non_interactive',
      grant_types: ['client_credentials'],
      client_metadata: { made_by: 'auth0-logs-to-segment', tenant: 'acme' },
    }),
  ]);
  expect(grants).toEqual([
    expect.objectContaining({
      client_id: clients[0]?.client_id,
      scope: ['read:logs', 'read:users'],
      audience: `https://${sandbox.tenant.domain}/api/v2/`,
    }),
  ]);
  expect(streams).toEqual([
    expect.objectContaining({
      name: 'Auth0 Logs to Segment (acme)',
      type: 'http',
      status: 'active',
      filters: ['auth.login.success', 'auth.login.fail', 'auth.signup.success'].map((name) => ({
        type: 'category',
        name,
      })),
      sink: {
        httpEndpoint: ENDPOINT,
        httpContentType: 'application/json',
        httpContentFormat: 'JSONARRAY',
        httpAuthorization: expect.stringMatching(/^Bearer a0ls_/),
      },
    }),
  ]);
  const tenant = await registry.find(NAME);
  if (!tenant) throw new Error('The tenant was not stored.');
  expect(await tokens.accepts(tenant.id, authorizationIn(sandbox))).toBe(true);
  expect(await registry.settingsOf(tenant)).toMatchObject({
    AUTH0_DOMAIN: sandbox.tenant.domain,
    AUTH0_CLIENT_ID: clients[0]?.client_id,
    AUTH0_CLIENT_SECRET: clients[0]?.client_secret,
    SEGMENT_KEY: sandbox.segment.writeKey,
  });
});

test('an administrative application sets up as a token does', async () => {
  const { sandbox, setup } = await openWorld();
  const lines = await setup({ credentials: sandbox.tenant.administrator });
  expect(lines.map(({ step }) => step)).toEqual(ALL_STEPS);
  expect(sandbox.tenant.requests.token).toBe(2);
});

test('a setup without push makes no log stream, and asks for none', async () => {
  const { sandbox, setup } = await openWorld();
  const scopes = ['read:clients', 'create:clients', 'read:client_grants', 'create:client_grants'];
  await setup({ scopes, endpoint: undefined });
  expect(sandbox.tenant.requests['log-streams']).toBe(0);
});

/** A world whose tenant has a log each minute of an hour. */
async function openHour() {
  const start = Date.parse('2026-03-01T12:00:00.000Z');
  const logs = generateLogs({ count: 60, users: 5, start, stepMs: 60_000 });
  const world = await openWorld({ tenant: { logs } });
  const settingsHere = async () => (await world.registry.find(NAME))?.settings ?? {};
  return { ...world, settingsHere };
}

test('where to start is a word or a date, too, whose log is looked up with the application that was made', async () => {
  const { sandbox, setup, settingsHere } = await openHour();
  const lines = await setup({ startFrom: '2026-03-01T12:30Z' });
  const { log_id: id } = [...sandbox.tenant.allLogs()].find(({ date }) => date >= '2026-03-01T12:30') ?? {};
  expect(lines.map(({ text }) => text)).toContain(
    `Stored tenant acme. It starts with the log ${id}. Its first run is due.`,
  );
  expect(await settingsHere()).toMatchObject({ START_FROM: id });
  // Repeated, it would leave out what has come since.
  const again = await setup({ startFrom: 'now' });
  expect(outcomes(again)).not.toContain('tenant changed');
  expect(again.map(({ text }) => text).join()).toContain('Where it starts was left as it is.');
  expect(await settingsHere()).toMatchObject({ START_FROM: id });
});

test('where no log is found to start with, nothing is exported, and the setup can be repeated', async () => {
  const { sandbox, setup, registry, settingsHere } = await openHour();
  const said: SetupLine[] = [];
  const late = setup({ startFrom: '2026-03-02', onSay: (line) => said.push(line) });
  await expect(late).rejects.toThrow('START_FROM is 2026-03-02. Auth0 has no log of');
  expect(outcomes(said)).toEqual(['application created', 'grant created', 'tenant warning']);
  expect(said.at(-1)?.text).toContain('with its schedule switched off: repeat the setup with another start.');
  expect(await registry.find(NAME)).toMatchObject({ isActive: false, dueAt: null });

  // A token that may not make a new secret is enough: the first one was stored.
  const lines = await setup({
    startFrom: 'now',
    scopes: ['read:clients', 'read:client_grants'],
    endpoint: undefined,
  });
  expect(outcomes(lines)).toEqual(['application found', 'grant found', 'tenant changed', 'check ok']);
  expect(lines[2]?.text).toBe('Changed START_FROM of tenant acme. Switched the schedule of tenant acme on.');
  expect(await settingsHere()).toMatchObject({ START_FROM: sandbox.tenant.logAt(59).log_id });
  expect(await registry.find(NAME)).toMatchObject({ isActive: true, dueAt: expect.any(Number) });
  expect(madeIn(sandbox).clients).toHaveLength(1);
});

test('a second setup changes nothing, neither in Auth0 nor here', async () => {
  const { sandbox, setup, registry } = await openWorld();
  await setup();
  const [made, stored] = [structuredClone(madeIn(sandbox)), await registry.find(NAME)];
  const again = await setup({
    scopes: ['read:clients', 'read:client_grants', 'read:log_streams'],
    segmentKey: undefined,
  });
  expect(outcomes(again)).toEqual([
    'application found',
    'grant found',
    'tenant found',
    'log stream found',
    'check ok',
  ]);
  expect(madeIn(sandbox)).toEqual(made);
  expect(await registry.find(NAME)).toEqual(stored);
});

test('what was changed by hand since is set right again, and nothing that was granted is taken away', async () => {
  const { sandbox, setup } = await openWorld();
  await setup();
  const [grant] = madeIn(sandbox).grants;
  const [stream] = madeIn(sandbox).streams;
  const call = (path: string, body: unknown) =>
    fetch(`${sandbox.tenant.url}/api/v2/${path}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${sandbox.tenant.issueToken()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
  await call(`client-grants/${grant?.id}`, { scope: ['read:logs', 'read:stats'] });
  await call(`log-streams/${stream?.id}`, { status: 'paused', filters: [] });
  const lines = await setup();
  expect(outcomes(lines)).toEqual([
    'application found',
    'grant changed',
    'tenant found',
    'log stream changed',
    'check ok',
  ]);
  expect(lines[3]?.text).toBe(
    `Changed the log stream, which posts to ${ENDPOINT}: its filters, its state, which was paused.`,
  );
  expect(madeIn(sandbox)).toMatchObject({
    grants: [{ scope: ['read:logs', 'read:stats', 'read:users'] }],
    streams: [{ status: 'active', filters: [{}, {}, {}] }],
  });
});

test('a log stream whose token is not that of the tenant gets a new one', async () => {
  const { setup, registry, tokens, sandbox } = await openWorld();
  await setup();
  const tenant = await registry.find(NAME);
  await tokens.rotate(tenant?.id ?? '');
  const lines = await setup();
  expect(lines[3]).toMatchObject({ outcome: 'changed', text: expect.stringMatching(/: its token\.$/) });
  expect(await tokens.accepts(tenant?.id ?? '', authorizationIn(sandbox))).toBe(true);
});

test('the application that a stored tenant is reached with is kept, also where no setup has made it', async () => {
  const { sandbox, setup, undo, registry } = await openWorld();
  const {
    AUTH0_DOMAIN = '',
    AUTH0_CLIENT_ID = '',
    AUTH0_CLIENT_SECRET = '',
    SEGMENT_KEY = '',
  } = sandbox.secrets();
  await registry.add(
    NAME,
    { settings: { AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET, SEGMENT_KEY } },
    { mayReference: true },
  );
  const lines = await setup();
  expect(outcomes(lines).slice(0, 3)).toEqual(['application found', 'grant found', 'tenant found']);
  expect(madeIn(sandbox).clients).toEqual([]);
  expect(outcomes(await undo())).toEqual(['log stream deleted', 'application left', 'tenant deleted']);
  expect(sandbox.tenant.deletedClients).toEqual([]);
});

test('the secret of an application that is not stored here is read where the token may', async () => {
  const { sandbox, setup, registry } = await openWorld();
  await setup();
  await registry.remove(NAME, false);
  const [first] = madeIn(sandbox).clients;
  const lines = await setup({
    scopes: ['read:client_keys', 'read:client_grants', 'read:log_streams', 'update:log_streams'],
  });
  expect(lines[0]).toMatchObject({ outcome: 'found', text: expect.stringContaining('and read its secret') });
  expect(lines.at(-1)).toMatchObject({ outcome: 'ok' });
  expect(madeIn(sandbox).clients[0]?.client_secret).toBe(first?.client_secret);
});

test('an application whose secret is neither stored nor shown gets a new one, once its grant is settled', async () => {
  const { sandbox, setup, registry } = await openWorld();
  await setup();
  await registry.remove(NAME, false);
  const [first] = madeIn(sandbox).clients;
  const scopes = ['read:clients', 'update:client_keys', 'read:log_streams', 'update:log_streams'];
  await expect(setup({ scopes })).rejects.toThrow('lacks the scope read:client_grants');
  expect(madeIn(sandbox).clients[0]?.client_secret).toBe(first?.client_secret);
  const lines = await setup({ scopes: [...scopes, 'read:client_grants'] });
  expect(outcomes(lines)).toEqual([
    'application found',
    'grant found',
    'application changed',
    'tenant created',
    'log stream changed',
    'check ok',
  ]);
  expect(lines[2]?.text).toMatch(/^Made a new secret for the application/);
  expect(madeIn(sandbox).clients[0]?.client_secret).not.toBe(first?.client_secret);
});

test('a stored tenant whose application is gone gets another', async () => {
  const { sandbox, setup, registry } = await openWorld();
  await setup();
  const [first] = madeIn(sandbox).clients;
  await fetch(`${sandbox.tenant.url}/api/v2/clients/${first?.client_id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${sandbox.tenant.issueToken()}` },
  });
  expect(outcomes(await setup())).toEqual([
    'application created',
    'grant created',
    'tenant changed',
    'log stream found',
    'check ok',
  ]);
  expect((await registry.find(NAME))?.settings.AUTH0_CLIENT_ID).toBe(madeIn(sandbox).clients[0]?.client_id);
});

test('applications beyond the first page are found', async () => {
  const { sandbox, setup } = await openWorld();
  for (let index = 0; index < 120; index += 1) {
    await fetch(`${sandbox.tenant.url}/api/v2/clients`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${sandbox.tenant.issueToken()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        name: 'Other',
        app_type: 'non_interactive',
        client_metadata: { made_by: 'auth0-logs-to-segment', tenant: index === 119 ? NAME : 'other' },
      }),
    });
  }
  expect(outcomes(await setup())[0]).toBe('application found');
});

/** The requests of a fresh setup with an administrative application, up to the check. */
const REQUESTS = [
  'POST /oauth/token',
  'GET /api/v2/clients',
  'POST /api/v2/clients',
  'GET /api/v2/client-grants',
  'POST /api/v2/client-grants',
  'GET /api/v2/log-streams',
  'POST /api/v2/log-streams',
  'POST /oauth/token',
  'GET /api/v2/logs',
  'GET /api/v2/users',
];

test('the requests that are interrupted below are those that a setup makes', async () => {
  const { sandbox, setup } = await openWorld({ tenant: { recordRequests: true } });
  await setup({ credentials: sandbox.tenant.administrator });
  const paths = sandbox.tenant.requestLog.map(({ method, url }) => `${method} ${url.split('?')[0]}`);
  expect(paths).toEqual(REQUESTS);
});

class Interrupted extends Error {}

describe.each([
  ['before it is sent', false],
  ['after Auth0 has acted on it, without its answer', true],
])('a setup that ends at a request, %s, and is repeated', (_when, isActedOn) => {
  test.each(REQUESTS.map((request, index) => [index + 1, request]))(
    'at request %i, %s: one application, one grant, one log stream, one tenant that works',
    async (number) => {
      const { sandbox, setup, registry } = await openWorld();
      let requests = 0;
      const interrupted: typeof fetch = async (input, init) => {
        requests += 1;
        if (requests < number) return fetch(input, init);
        // As when the process ends: no request after this one is made, not even a retry.
        if (requests === number && isActedOn) await (await fetch(input, init)).text();
        throw new Interrupted('The process has ended.');
      };
      const { administrator } = sandbox.tenant;
      const lines = await setup({ credentials: administrator, fetch: interrupted }).catch(
        (error: unknown) => error,
      );
      // The check has requests of its own, which end nothing that was set up.
      if (number <= 7) expect(lines).toBeInstanceOf(Error);
      const again = await setup({ credentials: administrator });
      expect(again.at(-1)).toMatchObject({ step: 'check', outcome: 'ok' });
      const { clients, grants, streams } = madeIn(sandbox);
      expect([clients, grants, streams].map(({ length }) => length)).toEqual([1, 1, 1]);
      expect((await registry.list()).map(({ name }) => name)).toEqual([NAME]);
      expect(outcomes(await setup({ credentials: administrator }))).toEqual([
        'application found',
        'grant found',
        'tenant found',
        'log stream found',
        'check ok',
      ]);
    },
  );
});

test.each(ALL_STEPS)('a setup that ends when it says what came of the %s is repeated well', async (step) => {
  const { sandbox, setup } = await openWorld();
  const ended = setup({
    onSay: (line) => {
      if (line.step === step) throw new Interrupted('The process has ended.');
    },
  });
  await expect(ended).rejects.toThrow(Interrupted);
  expect((await setup()).at(-1)).toMatchObject({ outcome: 'ok' });
  const { clients, grants, streams } = madeIn(sandbox);
  expect([clients, grants, streams].map(({ length }) => length)).toEqual([1, 1, 1]);
});

test('a setup that is taken back leaves nothing, neither in Auth0 nor here', async () => {
  const { sandbox, setup, undo, registry } = await openWorld();
  await setup();
  expect(outcomes(await undo())).toEqual([
    'log stream deleted',
    'grant deleted',
    'application deleted',
    'tenant deleted',
  ]);
  expect(madeIn(sandbox)).toEqual({ clients: [], grants: [], streams: [] });
  expect(await registry.list()).toEqual([]);
  expect(sandbox.tenant.clients()).toHaveLength(2);
});

test('a setup that was taken back half-way is taken back to the end', async () => {
  const { sandbox, setup, undo, registry } = await openWorld();
  await setup();
  await expect(
    undo([
      'read:log_streams',
      'delete:log_streams',
      'read:clients',
      'read:client_grants',
      'delete:client_grants',
    ]),
  ).rejects.toThrow(/lacks the scope delete:clients/);
  expect(await registry.list()).toHaveLength(1);
  expect(outcomes(await undo())).toEqual([
    'log stream found',
    'grant deleted',
    'application deleted',
    'tenant deleted',
  ]);
  expect(madeIn(sandbox)).toEqual({ clients: [], grants: [], streams: [] });
});

const FRESH = [
  'read:clients',
  'create:clients',
  'read:client_grants',
  'create:client_grants',
  'read:log_streams',
  'create:log_streams',
];

test.each(FRESH)('a token without %s is told so, with what to do', async (missing) => {
  const { setup } = await openWorld();
  await expect(setup({ scopes: FRESH.filter((scope) => scope !== missing) })).rejects.toThrow(
    `The token lacks the scope ${missing}. Get one that has it. Then repeat the setup`,
  );
  expect((await setup({ scopes: [...FRESH, 'read:client_keys'] })).at(-1)).toMatchObject({ outcome: 'ok' });
});

test.each([['update:client_keys', ['read:clients', 'read:client_grants', 'read:log_streams']]])(
  'a token that can neither read nor renew the secret is told that it lacks %s',
  async (missing, scopes) => {
    const { setup, registry } = await openWorld();
    await setup();
    await registry.remove(NAME, false);
    await expect(setup({ scopes })).rejects.toThrow(`lacks the scope ${missing}`);
  },
);

test.each([
  'read:log_streams',
  'delete:log_streams',
  'read:clients',
  'read:client_grants',
  'delete:client_grants',
  'delete:clients',
])('taking back without %s says so', async (missing) => {
  const { setup, undo } = await openWorld();
  await setup();
  const scopes = [
    'read:log_streams',
    'delete:log_streams',
    'read:clients',
    'read:client_grants',
    'delete:client_grants',
    'delete:clients',
  ].filter((scope) => scope !== missing);
  await expect(undo(scopes)).rejects.toThrow(`lacks the scope ${missing}`);
});

const apiError = (status: number, errorCode: string, message: string) => ({
  kind: 'status' as const,
  status,
  body: JSON.stringify({ statusCode: status, error: 'Forbidden', errorCode, message }),
  contentType: 'application/json',
});
const FULL = 'You reached the limit of entities of this type for this tenant.';

test.each([
  ['clients', 2, 'creating the application', 'an application'],
  ['client-grants', 2, 'granting scopes to the application', 'an application'],
  ['log-streams', 2, 'creating the log stream', 'a log stream'],
] as const)(
  'a tenant with no room at request %s %i says what to delete, not that a scope is missing',
  async (endpoint, at, what, entity) => {
    const { sandbox, setup } = await openWorld();
    sandbox.tenant.faults.add({ endpoint, at, fault: apiError(403, 'too_many_entities', FULL) });
    const message = String(await setup().catch((error: unknown) => error));
    expect(message).toContain(`Auth0 returned 403 when ${what} at`);
    expect(message).toContain(
      `Auth0 says: "${FULL.replace(/\.$/, '')}". Delete ${entity} that is no longer used, or upgrade the tenant's plan. Then repeat the setup`,
    );
    expect(message).not.toContain('lacks the scope');
    expect((await setup()).at(-1)).toMatchObject({ outcome: 'ok' });
  },
);

test.each(['insufficient_scope', 'insufficient_entitlement'])(
  'a 403 of the plan with the code %s keeps Auth0’s message',
  async (code) => {
    const { sandbox, setup } = await openWorld();
    const fault = apiError(403, code, 'Please upgrade your subscription to add applications.');
    sandbox.tenant.faults.add({ endpoint: 'clients', at: 2, fault });
    await expect(setup()).rejects.toThrow(
      /Auth0 says: "Please upgrade your subscription to add applications"\. Resolve what Auth0's message names\./,
    );
  },
);

test.each([
  [
    'an edge that blocks',
    403,
    '<html>Access denied</html>',
    /not from Auth0's API but .* "squid\/6\.6"\. Allow requests from this machine/,
  ],
  [
    'a custom domain',
    403,
    '{"error":"access_denied","error_description":"Service not enabled within domain: https://login.acme.com/api/v2/"}',
    /Enter the tenant's own domain, such as TENANT\.REGION\.auth0\.com/,
  ],
  [
    'an application without a grant',
    403,
    '{"error":"access_denied","error_description":"Client is not authorized to access \\"x\\"."}',
    /Authorize the administrative application for the Auth0 Management API/,
  ],
] as const)('%s at the token request is named, with one remedy', async (_what, status, body, says) => {
  const { sandbox, setup } = await openWorld();
  const fault = { kind: 'status', status, body, headers: { server: 'squid/6.6' } } as const;
  sandbox.tenant.faults.add({ endpoint: 'token', times: 9, fault });
  await expect(setup({ credentials: sandbox.tenant.administrator })).rejects.toThrow(says);
  expect(sandbox.tenant.requests.token).toBe(1);
});

test('a certificate that is not trusted fails at once', async () => {
  const { setup } = await openWorld();
  let requests = 0;
  const untrusted = Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
  const failing: typeof fetch = () => {
    requests += 1;
    return Promise.reject(new TypeError('fetch failed', { cause: untrusted }));
  };
  await expect(setup({ fetch: failing })).rejects.toThrow('Set NODE_EXTRA_CA_CERTS');
  expect(requests).toBe(1);
});

test('a grant of all scopes needs no change', async () => {
  const { sandbox, setup } = await openWorld();
  await setup();
  const { scope: _, ...grant } = madeIn(sandbox).grants[0] ?? { scope: [] };
  const client_grants = [{ ...grant, allow_all_scopes: true }];
  const body = JSON.stringify({ start: 0, limit: 50, total: 1, client_grants });
  sandbox.tenant.faults.add({
    endpoint: 'client-grants',
    fault: { kind: 'body', body, contentType: 'application/json' },
  });
  expect(outcomes(await setup())).toContain('grant found');
  expect(sandbox.tenant.requests['client-grant']).toBe(0);
});

/** A world that is set up, whose log stream was given another token by hand. */
async function openWithForeignToken() {
  const world = await openWorld();
  const { setup, registry, tokens } = world;
  await setup();
  const id = (await registry.find(NAME))?.id ?? '';
  const current = await tokens.rotate(id);
  return { ...world, id, isCurrentAccepted: () => tokens.accepts(id, `Bearer ${current}`) };
}

test('a log stream that Auth0 refuses to change leaves the token in use valid', async () => {
  const { sandbox, setup, isCurrentAccepted } = await openWithForeignToken();
  sandbox.tenant.faults.add({ endpoint: 'log-stream', fault: apiError(403, 'too_many_entities', FULL) });
  await expect(setup()).rejects.toThrow('Delete a log stream');
  expect(await isCurrentAccepted()).toBe(true);
  await setup();
  expect(await isCurrentAccepted()).toBe(false);
});

test('a log stream that Auth0 refuses to create leaves the token in use valid', async () => {
  const { sandbox, setup, isCurrentAccepted } = await openWithForeignToken();
  const [stream] = madeIn(sandbox).streams;
  await fetch(`${sandbox.tenant.url}/api/v2/log-streams/${stream?.id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${sandbox.tenant.issueToken()}` },
  });
  sandbox.tenant.faults.add({
    endpoint: 'log-streams',
    at: 2,
    fault: apiError(403, 'too_many_entities', FULL),
  });
  await expect(setup()).rejects.toThrow('Delete a log stream');
  expect(await isCurrentAccepted()).toBe(true);
});

test('a setup that ends before the new token is stored is repeated, and the log stream gets another', async () => {
  const { sandbox, setup, tokens, id } = await openWithForeignToken();
  const { activate } = tokens;
  tokens.activate = () => Promise.reject(new Interrupted('The process has ended.'));
  await expect(setup()).rejects.toThrow(Interrupted);
  tokens.activate = activate;
  expect(await tokens.accepts(id, authorizationIn(sandbox))).toBe(false);
  expect(outcomes(await setup())).toContain('log stream changed');
  expect(await tokens.accepts(id, authorizationIn(sandbox))).toBe(true);
});

test('a plan without log streams is said, and everything else is set up', async () => {
  const { setup, registry } = await openWorld({ tenant: { mostLogStreams: 0 } });
  await expect(setup()).rejects.toThrow(
    /Auth0 returned 403 when creating the log stream at .* The tenant's plan has no log stream left, or none at all\. Repeat the setup without the log stream/,
  );
  expect(await registry.list()).toHaveLength(1);
  expect((await setup({ endpoint: undefined })).at(-1)).toMatchObject({ outcome: 'ok' });
});

test.each([
  [
    'a wrong secret',
    { clientId: 'sandboxAdministratorClientId', clientSecret: 'wrong-secret-Bq8' },
    /Auth0 returned 401 when requesting an access token/,
  ],
  [
    'an expired token',
    { token: 'eyJhbGciOiJSUzI1NiJ9.e30.expired-Bq8' },
    /returned 401 when looking for the application.*The token has expired, or is that of another tenant/,
  ],
])('%s is said without repeating it', async (_what, credentials, sentence) => {
  const { setup } = await openWorld();
  const error = await setup({ credentials }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'HostError', exitCode: 78, message: expect.stringMatching(sentence) });
  expect(String(error)).not.toContain('Bq8');
});

test('a domain at which no tenant is, or nobody answers, is said', async () => {
  const { sandbox, setup } = await openWorld();
  const elsewhere = sandbox.slack.server.url.replace('http://', '');
  await expect(setup({ domain: elsewhere })).rejects.toThrow(
    /Check the domain: no tenant seems to be there\./,
  );
  await sandbox.slack.server.pause();
  await expect(setup({ domain: elsewhere })).rejects.toThrow(
    /^Auth0 could not be reached at .* when looking for the application: the connection was refused\. Check that this machine can connect/,
  );
});

test('a rate limit is waited for, and a creation that failed half-way is not repeated blindly', async () => {
  const { sandbox, setup } = await openWorld();
  sandbox.tenant.faults.add({
    endpoint: 'clients',
    at: 2,
    fault: { kind: 'status', status: 429, body: '{}' },
  });
  expect((await setup()).at(-1)).toMatchObject({ outcome: 'ok' });
  sandbox.tenant.faults.add({ endpoint: 'clients', at: 2, fault: { kind: 'afterwards-cut' } });
  await expect(setup({ name: 'other' })).rejects.toThrow(/could not be reached.*creating the application/);
  expect(madeIn(sandbox).clients).toHaveLength(2);
});

test.each([
  ['another domain', { AUTH0_DOMAIN: 'other.eu.auth0.com' }, /is stored already, for other\.eu\.auth0\.com/],
  [
    'a client secret in a file',
    { AUTH0_CLIENT_SECRET: 'file:/run/secret' },
    /is file:\/run\/secret, which setup does not write to/,
  ],
])('a stored tenant with %s is not touched', async (_what, other, sentence) => {
  const { sandbox, setup, registry } = await openWorld();
  const settings = {
    AUTH0_DOMAIN: sandbox.tenant.domain,
    AUTH0_CLIENT_ID: 'one',
    AUTH0_CLIENT_SECRET: 'secret-one',
    SEGMENT_KEY: 'segment-write-key-1',
    ...other,
  };
  await registry.add(NAME, { settings }, { mayReference: true });
  await expect(setup()).rejects.toThrow(sentence);
  expect(sandbox.tenant.requests.clients).toBe(0);
});

test('a new tenant needs a write key, and a usable name', async () => {
  const { setup, sandbox } = await openWorld();
  await expect(setup({ segmentKey: undefined })).rejects.toThrow('SEGMENT_KEY is required.');
  await expect(setup({ name: 'Acme' })).rejects.toThrow(/The name is "Acme"/);
  expect(sandbox.tenant.requests.clients).toBe(0);
});

test('no secret is said, kept in the open, or in an error', async () => {
  const { setup, sandbox, folder, database } = await openWorld();
  const lines = JSON.stringify(await setup());
  database.close();
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const kept = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => (await readFile(join(file.parentPath, file.name))).toString('latin1')),
  );
  const secrets = [
    madeIn(sandbox).clients[0]?.client_secret ?? '',
    authorizationIn(sandbox).replace('Bearer ', ''),
    sandbox.segment.writeKey,
    ...sandbox.tenant.issuedTokens,
    sandbox.tenant.administrator.clientSecret,
  ];
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(8);
    expect(lines).not.toContain(secret);
    for (const text of kept) expect(text).not.toContain(secret);
  }
});

test.each([
  ['https://exporter.example.com', 'https://exporter.example.com/log-streams/acme'],
  ['https://exporter.example.com/', 'https://exporter.example.com/log-streams/acme'],
  ['https://example.com/exporter/', 'https://example.com/exporter/log-streams/acme'],
  ['https://exporter.example.com/log-streams/acme', 'https://exporter.example.com/log-streams/acme'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/log-streams/acme'],
])('a log stream of --push %s posts to %s', (url, endpoint) => {
  expect(pushEndpoint(url, 'acme')).toBe(endpoint);
});

test.each([
  'exporter.example.com',
  'http://exporter.example.com',
  'https://a:b@example.com',
  'https://example.com/?token=1',
])('--push %s is refused', (url) => {
  expect(() => pushEndpoint(url, 'acme')).toThrow(/^--push is ".*Give the address where Auth0 reaches/);
});
