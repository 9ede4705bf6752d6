import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { openExport } from '../support/open-export';

/** Each access token leaves a log. */
const asAtAuth0 = { sandbox: { tenant: { tokenLogs: true } } };
const seconds = (iso: string, by: number) => new Date(Date.parse(iso) + by * 1000).toISOString();

test('runs of one process share one access token, so that a run on a quiet tenant finds nothing new', async () => {
  const { sandbox, webtask } = await openExport(asAtAuth0);
  sandbox.tenant.setUser({ user_id: 'auth0|one' });
  sandbox.tenant.addLog({ user_id: 'auth0|one' });
  await webtask.cron();
  await webtask.cron();
  const { body } = await webtask.cron();
  expect(sandbox.tenant.requests.token).toBe(1);
  expect([...sandbox.tenant.allLogs()].map(({ type }) => type)).toEqual(['s', 'seccft']);
  expect(body.status).toMatchObject({ logsRead: 0, requests: { logs: 1 } });
  expect(body.status.requests).not.toHaveProperty('token');
});

test('a token that was revoked between runs is renewed once', async () => {
  const { sandbox, webtask } = await openExport(asAtAuth0);
  await webtask.cron();
  sandbox.tenant.revokeTokens();
  const { statusCode } = await webtask.cron();
  expect(statusCode).toBe(200);
  expect(sandbox.tenant.requests.token).toBe(2);
  expect(sandbox.tenant.requests.statuses[401]).toBe(1);
});

test('a rotated client secret never uses the token of the one before', async () => {
  const { sandbox, webtask } = await openExport(asAtAuth0);
  await webtask.cron();
  webtask.secrets.AUTH0_CLIENT_SECRET = 'another-secret';
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(500);
  expect(body.status.error?.message).toContain('AUTH0_CLIENT_SECRET');
  expect(sandbox.tenant.requests.token).toBe(2);
});

test('a token without the right is asked for anew by the next run', async () => {
  const { sandbox, webtask } = await openExport(asAtAuth0);
  const forbidden = { kind: 'status' as const, status: 403, body: '{}' };
  sandbox.tenant.faults.add({ endpoint: 'logs', fault: forbidden });
  expect((await webtask.cron()).statusCode).toBe(500);
  expect((await webtask.cron()).statusCode).toBe(200);
  expect(sandbox.tenant.requests.token).toBe(2);
});

test('a user is never told of with a profile from before the event, though the search and an earlier run have one', async () => {
  const { sandbox, webtask } = await openExport({ sandbox: { tenant: { searchLagMs: 3_600_000 } } });
  const userId = 'auth0|one';
  const now = new Date().toISOString();
  sandbox.tenant.setUser({ user_id: userId, name: 'Old Name' });
  sandbox.tenant.addLog({ user_id: userId, date: seconds(now, -60) });
  await webtask.cron();
  sandbox.tenant.setUser({ user_id: userId, name: 'New Name' });
  sandbox.tenant.addLog({ user_id: userId, date: seconds(now, 1) });
  await webtask.cron();
  sandbox.tenant.deleteUser(userId);
  sandbox.tenant.addLog({ user_id: userId, date: seconds(now, 2) });
  await webtask.cron();
  expect(sandbox.segment.tracks().map(({ properties }) => properties?.name)).toEqual([
    'Old Name',
    'New Name',
    undefined,
  ]);
});

test('a token that is about to expire is asked for once a run, not with each page', async () => {
  const { sandbox, webtask } = await openExport({
    sandbox: { tenant: { tokenLogs: true, tokenSeconds: 9, logs: generateLogs({ count: 350 }) } },
  });
  expect((await webtask.cron()).statusCode).toBe(200);
  expect((await webtask.cron()).statusCode).toBe(200);
  expect(sandbox.tenant.requests.token).toBe(2);
});

test('a token that is kept is in nothing that is stored, answered, logged or posted by the runs after it', async () => {
  const { sandbox, webtask } = await openExport(asAtAuth0);
  await webtask.cron();
  const { issuedTokens } = sandbox.tenant;
  expect(issuedTokens).toHaveLength(1);
  const body = JSON.stringify({ statusCode: 403, message: `not for ${issuedTokens[0]}` });
  sandbox.tenant.faults.add({ endpoint: 'logs', fault: { kind: 'status', status: 403, body } });
  const { body: answer } = await webtask.cron();
  expect(answer.status.error?.message).toContain('not for [redacted]');
  for (const seen of [webtask.state(), webtask.answers, sandbox.slack.messages]) {
    expect(JSON.stringify(seen)).not.toContain(issuedTokens[0]);
  }
});
