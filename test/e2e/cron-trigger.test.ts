import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { openExport } from '../support/open-export';
import { cronJob } from '../support/start-webtask';

const logs = generateLogs({ count: 50, users: 10 });
const job = JSON.stringify(cronJob);

test.each([
  ['without a token', {}, job, 401],
  ['with another token', { authorization: 'Bearer another-token' }, job, 401],
  ['with an empty token', { authorization: 'Bearer ' }, job, 401],
  ['with the right token and no body', { authorization: 'Bearer TOKEN' }, '', 400],
  ['with the right token and malformed JSON', { authorization: 'Bearer TOKEN' }, '{"schedule"', 400],
  [
    'with the right token and an inactive job',
    { authorization: 'Bearer TOKEN' },
    '{"schedule":"* * * * * *","state":"inactive"}',
    400,
  ],
  ['with the right token and no schedule', { authorization: 'Bearer TOKEN' }, '{"state":"active"}', 400],
  [
    'with the right token and a huge body',
    { authorization: 'Bearer TOKEN' },
    JSON.stringify({ ...cronJob, x: 'x'.repeat(200_000) }),
    400,
  ],
])('a trigger %s runs nothing', async (_, headers: Record<string, string>, body, status) => {
  for (const parseBody of [0, 1] as const) {
    if (parseBody === 1 && body.length > 100_000) continue;
    const { sandbox, webtask } = await openExport({ sandbox: { tenant: { logs } }, parseBody });
    const authorization = headers.authorization?.replace('TOKEN', webtask.token);
    const response = await fetch(webtask.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
      body,
    });
    expect(response.status).toBe(status);
    expect(Object.keys((await response.json()) as object)).toEqual(['error', 'message']);
    expect(sandbox.tenant.requests).toMatchObject({ token: 0, logs: 0 });
    expect(webtask.state()).toBeUndefined();
  }
});

test.each([0, 1] as const)(
  'a trigger of the platform runs, its body parsed by the platform or not (%d)',
  async (parseBody) => {
    const { webtask } = await openExport({ sandbox: { tenant: { logs } }, parseBody });
    const { statusCode, body } = await webtask.cron();
    expect(statusCode).toBe(200);
    expect(body.status.logsRead).toBe(50);
  },
);

test('a webtask that the platform gave no token runs nothing, and says that it has none', async () => {
  const { sandbox, webtask } = await openExport({ sandbox: { tenant: { logs } }, withoutToken: true });
  for (const token of [webtask.token, 'undefined', 'null', '']) {
    const response = await fetch(webtask.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: job,
    });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      error: 'no_webtask_token',
      message: expect.stringContaining('context.token is missing'),
    });
  }
  expect(sandbox.tenant.requests.token).toBe(0);
});

test.each([
  [1, '/api/run/container/extension'],
  [2, '/container/extension'],
  [2, '/extension'],
  [3, '/extension'],
])('a trigger finds the job under URL format %d at %s', async (urlFormat, path) => {
  const { webtask } = await openExport({
    sandbox: { tenant: { logs } },
    mount: { urlFormat, container: 'container', name: 'extension' },
  });
  expect((await webtask.cron(path)).statusCode).toBe(200);
  expect((await webtask.cron(`${path}/`)).statusCode).toBe(200);
  const elsewhere = await fetch(`${webtask.url}${path}/elsewhere`, {
    method: 'POST',
    headers: { authorization: `Bearer ${webtask.token}`, 'content-type': 'application/json' },
    body: job,
  });
  expect(elsewhere.status).toBe(404);
});
