import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../server/sandbox/http/faults';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { createTenantFetch } from '../../src/auth0/client';
import { unwrapError } from '../../src/auth0/errors';
import { getLog, getLogPage } from '../../src/auth0/logs';
import { createDeadline } from '../../src/time';
import { openSandbox } from '../server/sandbox/open-sandbox';
import { requestToken } from '../server/sandbox/request-token';
import { buildProcess } from '../support/build-process';
import { fakeClock } from '../support/fake-clock';
import { openTenant } from './open-tenant';

const FOREVER = Number.POSITIVE_INFINITY;
const LOGS = { logs: generateLogs({ count: 3 }) };

const status = (code: number, more: Partial<Extract<Fault, { kind: 'status' }>> = {}): Fault => ({
  kind: 'status',
  status: code,
  ...more,
});
const html = '<html><body>Something else lives here</body></html>';

/** The described failure of a request that the Auth0 client was to send. */
async function failureOf(request: Promise<unknown>): Promise<unknown> {
  try {
    await request;
  } catch (error) {
    return unwrapError(error);
  }
  throw new Error('The request succeeded.');
}

const run = promisify(execFile);

describe('what may pass is tried again', () => {
  const faults: [string, Fault][] = [
    ['a 408', status(408)],
    ['a 429', status(429, { body: '{"error":"Too Many Requests"}' })],
    ['a 500', status(500)],
    ['a 502 in HTML', status(502, { body: html, contentType: 'text/html' })],
    ['a 503', status(503)],
    ['a refused connection', { kind: 'refuse' }],
    ['an answer that is cut', { kind: 'cut' }],
    ['an answer that never comes', { kind: 'afterwards-cut' }],
    ['HTML with 200', { kind: 'body', body: html, contentType: 'text/html' }],
    ['JSON that breaks off', { kind: 'body', body: '[{"log_id":"900"' }],
    ['JSON that is no answer', { kind: 'body', body: 'null', contentType: 'application/json' }],
    ['nothing with 200', { kind: 'body', body: '' }],
  ];

  test.each(faults)('%s, until it has passed', async (_what, fault) => {
    const { logs, sandbox, clock } = await openTenant(LOGS);
    sandbox.faults.add({ endpoint: 'logs', times: 3, fault });
    expect((await getLogPage(logs, { sort: 'date:1' })).logs).toHaveLength(3);
    expect(sandbox.requests.logs).toBe(4);
    // A quarter of a second, doubling, less a random part.
    expect(clock.asked).toEqual([187.5, 375, 750]);
  });

  test.each(faults)('%s, also for the access token', async (_what, fault) => {
    const { logs, sandbox, tokens } = await openTenant(LOGS);
    sandbox.faults.add({ endpoint: 'token', times: 2, fault });
    expect((await getLogPage(logs, { sort: 'date:1' })).logs).toHaveLength(3);
    expect(sandbox.requests.token).toBe(3);
    expect(tokens).toHaveLength(1);
  });

  test('with a line for each wait: the cause, how long, the number of the try', async () => {
    const { logs, sandbox, retries } = await openTenant(LOGS);
    const { domain } = sandbox;
    sandbox.faults.add({ endpoint: 'logs', fault: status(503, { headers: { 'retry-after': '3' } }) });
    sandbox.faults.add({ endpoint: 'logs', at: 2, fault: { kind: 'refuse' } });
    await getLogPage(logs, {});
    expect(retries).toEqual([
      `Auth0 returned 503 when reading logs at ${domain}; trying again in 3.0 s (try 2).`,
      `Auth0 could not be reached at ${domain} when reading logs: the connection was cut; trying again in 0.4 s (try 3).`,
    ]);
  });

  test('no sooner than Retry-After says', async () => {
    const { logs, sandbox, clock } = await openTenant(LOGS);
    sandbox.faults.add({ endpoint: 'logs', fault: status(503, { headers: { 'retry-after': '3' } }) });
    await getLogPage(logs, {});
    expect(clock.asked).toHaveLength(1);
    expect(clock.asked[0]).toBeGreaterThanOrEqual(2_000);
  });

  test('also after the signal of the client that asked has fired', async () => {
    const sandbox = await openSandbox({ tenant: LOGS });
    const client = new AbortController();
    const { tenantFetch, authorization } = await openFetch(sandbox);
    sandbox.tenant.faults.add({ endpoint: 'logs', times: 2, fault: status(503) });
    client.abort();
    const answer = await tenantFetch(`${sandbox.tenant.url}/api/v2/logs`, {
      headers: { authorization },
      signal: client.signal,
    });
    expect(answer.status).toBe(200);
    expect(sandbox.tenant.requests.logs).toBe(3);
  });
});

describe('what does not pass ends within the run, and is described', () => {
  test.each<[string, Fault, string, RegExp]>([
    ['a 503', status(503), 'auth0_unavailable', /returned 503 when reading logs/],
    ['a 429', status(429), 'auth0_rate_limited', /next run resumes from its checkpoint/],
    ['HTML with 200', { kind: 'body', body: html }, 'auth0_unexpected', /not JSON\. .*check AUTH0_DOMAIN/],
    ['a cut answer', { kind: 'cut' }, 'auth0_unreachable', /could not be reached/],
    ['a refused connection', { kind: 'refuse' }, 'auth0_unreachable', /could not be reached/],
  ])('%s without end', async (_what, fault, code, message) => {
    const { logs, sandbox, deadline } = await openTenant(LOGS);
    sandbox.faults.add({ endpoint: 'logs', times: FOREVER, fault });
    const failure = await failureOf(getLogPage(logs, {}));
    expect(failure).toMatchObject({ name: 'ExportError', code, message: expect.stringMatching(message) });
    expect(deadline.remaining()).toBeGreaterThanOrEqual(2_000);
    expect(sandbox.requests.logs).toBeGreaterThan(3);
  });

  const unknownHost = async () => {
    throw new TypeError('fetch failed', {
      cause: Object.assign(new Error('getaddrinfo ENOTFOUND nobody'), { code: 'ENOTFOUND' }),
    });
  };

  test('a host name that does not exist, at once where nothing was ever exported', async () => {
    const { logs, clock, sent } = await openTenant(LOGS, { fetch: unknownHost, isFirstRun: true });
    expect(await failureOf(getLogPage(logs, {}))).toMatchObject({
      code: 'auth0_host_unknown',
      message: expect.stringMatching(/the host name does not exist\. Check AUTH0_DOMAIN/),
    });
    expect([sent, clock.asked]).toEqual([['token'], []]);
  });

  test('a host name that cannot be looked up after that, with retries: DNS may be to blame', async () => {
    const { logs, sent } = await openTenant(LOGS, { fetch: unknownHost });
    expect(await failureOf(getLogPage(logs, {}))).toMatchObject({ code: 'auth0_host_unknown' });
    expect(sent.length).toBeGreaterThan(3);
  });

  test('other outages are tried again in a first run, too', async () => {
    const { logs, sandbox } = await openTenant(LOGS, { isFirstRun: true });
    sandbox.faults.add({ endpoint: 'token', times: 2, fault: status(503) });
    expect((await getLogPage(logs, {})).logs).toHaveLength(3);
  });

  test.each([401, 403])('credentials that are refused with %i, at once', async (code) => {
    const { logs, sandbox, clock } = await openTenant(LOGS);
    sandbox.faults.add({ endpoint: 'token', times: FOREVER, fault: status(code) });
    expect(await failureOf(getLogPage(logs, {}))).toMatchObject({ code: 'auth0_credentials' });
    expect([sandbox.requests.token, clock.asked]).toEqual([1, []]);
  });

  test('a tenant that is not there', async () => {
    const { logs, sandbox } = await openTenant(LOGS);
    await sandbox.server.pause();
    expect(await failureOf(getLogPage(logs, {}))).toMatchObject({ code: 'auth0_unreachable' });
  });

  test('a Retry-After longer than the run, at once', async () => {
    const { logs, sandbox } = await openTenant(LOGS);
    sandbox.faults.add({ endpoint: 'logs', fault: status(429, { headers: { 'retry-after': '3600' } }) });
    expect(await failureOf(getLogPage(logs, {}))).toMatchObject({ code: 'auth0_rate_limited' });
    expect(sandbox.requests.logs).toBe(1);
  });

  test('what Auth0 says of it, without its secrets', async () => {
    const { logs, sandbox } = await openTenant(LOGS);
    sandbox.faults.add({
      endpoint: 'logs',
      fault: status(418, { body: '{"message":"hunter2 is a teapot"}' }),
    });
    const message = expect.stringContaining('Auth0 says: "[redacted] is a teapot"');
    expect(await failureOf(getLogPage(logs, {}))).toMatchObject({ code: 'auth0_unexpected', message });
  });
});

describe('the access token', () => {
  test('is asked for once by requests that begin together', async () => {
    const { logs, sandbox } = await openTenant(LOGS);
    await Promise.all([1, 2, 3, 4].map(() => getLogPage(logs, {})));
    expect(sandbox.requests.token).toBe(1);
  });

  test('is renewed once, and the new one is shared, by requests that are refused together', async () => {
    const { logs, sandbox, tokens } = await openTenant(LOGS);
    await getLogPage(logs, {});
    sandbox.revokeTokens();
    const pages = await Promise.all([1, 2, 3, 4].map(() => getLogPage(logs, { sort: 'date:1' })));
    for (const page of pages) expect(page.logs).toHaveLength(3);
    expect(sandbox.requests.token).toBe(2);
    expect(sandbox.requests.statuses[401]).toBe(4);
    expect(new Set(tokens).size).toBe(2);
  });

  test('that is refused again right after it was renewed fails: no endless renewing', async () => {
    const { logs, sandbox } = await openTenant(LOGS);
    sandbox.faults.add({ endpoint: 'logs', times: FOREVER, fault: status(401) });
    expect(await failureOf(getLogPage(logs, {}))).toMatchObject({ code: 'auth0_token_refused' });
    expect(sandbox.requests).toMatchObject({ logs: 2, token: 2 });
  });

  test('is asked for once where the secret is wrong, which names the settings to check', async () => {
    const { logs, sandbox } = await openTenant(LOGS, { clientSecret: 'wrong' });
    expect(await failureOf(getLogPage(logs, {}))).toMatchObject({
      code: 'auth0_credentials',
      message: expect.stringContaining('AUTH0_CLIENT_SECRET'),
    });
    expect(sandbox.requests).toMatchObject({ token: 1, logs: 0 });
  });

  test.each(['{}', '{"access_token":7}', '{"access_token":""}'])('is none in the answer %s', async (body) => {
    const { logs, sandbox, tokens } = await openTenant(LOGS);
    sandbox.faults.add({ endpoint: 'token', times: FOREVER, fault: { kind: 'body', body } });
    expect(await failureOf(getLogPage(logs, {}))).toMatchObject({ code: 'auth0_unexpected' });
    expect(tokens).toEqual([]);
    expect(sandbox.requests.logs).toBe(0);
  });
});

describe('what only the tenant can mend is asked once', () => {
  test('a right that is not granted, which is named', async () => {
    const { logs, sandbox } = await openTenant({ ...LOGS, scopes: ['read:users'] });
    expect(await failureOf(getLogPage(logs, {}))).toMatchObject({
      code: 'auth0_forbidden',
      message: expect.stringContaining('read:logs'),
    });
    expect(sandbox.requests.logs).toBe(1);
  });

  test.each([301, 302, 307, 308])('a redirect with %i, which is not followed', async (code) => {
    const elsewhere = await openSandbox();
    const { logs, sandbox } = await openTenant(LOGS);
    const headers = { location: `${elsewhere.tenant.url}/api/v2/logs` };
    sandbox.faults.add({ endpoint: 'logs', fault: status(code, { headers }) });
    expect(await failureOf(getLogPage(logs, {}))).toMatchObject({ code: 'auth0_unexpected' });
    expect(elsewhere.tenant.requests.logs).toBe(0);
    expect(sandbox.requests.logs).toBe(1);
  });
});

describe('a log that is asked for', () => {
  test('and that Auth0 does not know is unknown', async () => {
    const { logs, sandbox } = await openTenant(LOGS);
    expect(await getLog(logs, '901')).toBeUndefined();
    expect(sandbox.requests.log).toBe(1);
  });

  test.each([400, 404])('and answered %i in HTML is not unknown: that was not Auth0', async (code) => {
    const { logs, sandbox } = await openTenant(LOGS);
    const fault = status(code, { body: html, contentType: 'text/html' });
    sandbox.faults.add({ endpoint: 'log', fault });
    expect(await failureOf(getLog(logs, '901'))).toMatchObject({ code: 'auth0_unexpected' });
  });

  test('with an id too long for an address is unknown, whoever says so', async () => {
    const { logs, sandbox } = await openTenant(LOGS);
    sandbox.faults.add({ endpoint: 'log', fault: status(414, { body: html, contentType: 'text/html' }) });
    expect(await getLog(logs, '901')).toBeUndefined();
  });
});

describe('a run that is given up', () => {
  test('ends a request that is under way at once, without another try', async () => {
    const { logs, sandbox, deadline } = await openTenant(LOGS);
    sandbox.faults.add({ endpoint: 'logs', fault: { kind: 'hang' } });
    const failure = failureOf(getLogPage(logs, {}));
    await expect.poll(() => sandbox.requests.logs).toBe(1);
    deadline.abort();
    expect(await failure).toMatchObject({ code: 'auth0_unreachable' });
    expect(sandbox.requests.logs).toBe(1);
  });

  test('leaves no timer behind to keep the process alive', async () => {
    const { sandbox } = await openTenant(LOGS);
    sandbox.faults.add({ endpoint: 'logs', at: 2, fault: { kind: 'hang' } });
    const program = await buildProcess(new URL('./give-up-process.ts', import.meta.url));
    const { domain, clientId, clientSecret } = sandbox;
    // A request's timer lasts ten seconds; a process that is left with one does not end before.
    const limits = { timeout: 6_000 };
    const { stdout } = await run(process.execPath, [program, domain, clientId, clientSecret], limits);
    expect(JSON.parse(stdout)).toEqual({ failed: true, pages: 2 });
  });
});

async function openFetch(sandbox: Awaited<ReturnType<typeof openSandbox>>) {
  const clock = fakeClock({ now: Date.now(), skipsWaits: true });
  const tenantFetch = createTenantFetch({
    domain: sandbox.tenant.domain,
    fetch,
    clock,
    deadline: createDeadline({ clock, budgetMs: 22_000 }),
    random: () => 0.5,
    getToken: () => requestToken(sandbox),
    forgetToken: () => {},
    redact: (text) => text,
    onRequest: () => {},
  });
  return { tenantFetch, authorization: `Bearer ${await requestToken(sandbox)}` };
}
