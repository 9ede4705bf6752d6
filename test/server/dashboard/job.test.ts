import { expect, test } from 'vitest';
import { openTestDashboard } from './open-test-dashboard';

const isoTime = /^\d{4}-\d\d-\d\dT/;

test('run now runs; the list shows it, its details have the answer and the lines', async () => {
  const { call, host } = await openTestDashboard();
  expect((await call('/api/job/run', {})).status).toBe(202);
  await host.runner.idle();
  const { executions, installed } = (await call('/api/state')).json;
  expect(executions).toMatchObject([
    {
      id: 1,
      type: 'success',
      statusCode: 200,
      trigger: 'manual',
      outcome: expect.stringMatching(/events of 300 logs/),
    },
  ]);
  expect(installed?.checkpoint).toMatch(/^\d+$/);
  const execution = (await call('/api/executions/1')).json;
  expect(execution).toMatchObject({
    scheduled_at: expect.stringMatching(isoTime),
    started_at: expect.stringMatching(isoTime),
    completed_at: expect.stringMatching(isoTime),
    body: { status: { logsRead: 300 } },
  });
  expect(execution.lines.length).toBeGreaterThan(0);
  expect((await call('/api/executions/99')).status).toBe(404);
});

test('a run while one is under way is refused, and so is uninstalling', async () => {
  const { call, host } = await openTestDashboard({ sandbox: { latencyMs: 50 } });
  await call('/api/job/run', {});
  expect((await call('/api/job/run', {})).json.error).toBe('run_under_way');
  expect((await call('/api/uninstall', { keepState: true, deleteApplication: false })).status).toBe(409);
  await host.runner.idle();
});

test('previews a schedule with its description and its next five times', async () => {
  const { call } = await openTestDashboard();
  const query = new URLSearchParams({ cron: '0 0 9 * * 1-5', timeZone: 'Europe/Berlin' });
  const { description, next } = (await call(`/api/schedule?${query}`)).json;
  expect(description).toBe('At 09:00, Monday through Friday');
  expect(next).toHaveLength(5);
  expect((await call('/api/schedule?cron=nonsense&timeZone=UTC')).status).toBe(422);
});

test('uninstalling calls the hook; the state stays or goes as asked, the application only when asked', async () => {
  for (const [keepState, deleteApplication] of [
    [true, false],
    [false, true],
  ]) {
    const { call, host, sandbox } = await openTestDashboard();
    await call('/api/job/run', {});
    await host.runner.idle();
    expect((await call('/api/uninstall', { keepState, deleteApplication })).status).toBe(204);
    expect(host.installed).toBeNull();
    expect(host.storage.document() !== undefined).toBe(keepState);
    expect(host.history.list().length > 0).toBe(keepState);
    expect(sandbox.tenant.deletedClients).toEqual(deleteApplication ? [sandbox.tenant.clientId] : []);
    expect((await call('/api/job/run', {})).status).toBe(409);
    expect((await call('/auth0-logs-to-segment/')).status).toBe(404);
  }
});

test('the extension’s own page opens signed in', async () => {
  const { send } = await openTestDashboard();
  const way = await send('GET', '/extension-page');
  expect([way.status, way.headers.location]).toEqual([303, '/auth0-logs-to-segment/']);
  const cookie = String([way.headers['set-cookie']].flat()[0]).split(';')[0] ?? '';
  const report = await send('GET', '/auth0-logs-to-segment/api/report', { headers: { cookie } });
  expect(report.status).toBe(200);
  expect((await send('GET', '/auth0-logs-to-segment/api/report')).status).toBe(401);
  // And leads back to this Dashboard, not to Auth0's.
  const page = await send('GET', '/auth0-logs-to-segment/', { headers: { cookie } });
  expect(page.text).toMatch(/data-dashboard="http:\/\/[\w.]+:\d+"/);
});

test('the platform’s own trigger needs the webtask’s token here too', async () => {
  const { send, host } = await openTestDashboard();
  const body = { schedule: '0 */5 * * * *', state: 'active' };
  for (const headers of [{}, { authorization: 'Bearer nonsense' }]) {
    expect((await send('POST', '/auth0-logs-to-segment', { body, headers })).status).toBe(401);
  }
  expect(host.storage.document()).toBeUndefined();
});

test('live events come as they happen; a reader that comes back gets what it missed, once', async () => {
  const { url, host, call } = await openTestDashboard();
  const read = async (lastId: string | undefined, until: RegExp) => {
    const stop = new AbortController();
    const response = await fetch(`${url}/api/live`, {
      headers: lastId ? { 'last-event-id': lastId } : {},
      signal: stop.signal,
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (until.test(text)) break;
    }
    stop.abort();
    return text;
  };
  const live = read(undefined, /"kind":"end"/);
  await call('/api/job/run', {});
  const text = await live;
  expect(text).toMatch(/"kind":"begin"[\s\S]*run started[\s\S]*run finished[\s\S]*"kind":"end"/);
  await host.runner.idle();
  const [lastId] = [...text.matchAll(/^id: (.*)$/gm)].map((match) => match[1]).slice(-1);
  const again = read(lastId, /"kind":"end"/);
  await call('/api/job/run', {});
  expect((await again).match(/"kind":"begin"/g)).toHaveLength(1);
  expect(await read('another-process.99', /"kind":"end"/)).toContain('"execution":1');
});

test('health says what a supervisor wants to know, metrics what was done', async () => {
  const { call, host, ended } = await openTestDashboard();
  await call('/api/job/run', {});
  await host.runner.idle();
  expect((await call('/healthz')).json).toMatchObject({
    status: 'ok',
    job: 'active',
    last: { type: 'success' },
  });
  expect(ended).toHaveLength(1);
  const { text } = await call('/metrics');
  expect(text).toMatch(/^logs_to_segment_job_active 1$/m);
  expect(text).toMatch(/^logs_to_segment_lag_seconds [\d.]+$/m);
});
