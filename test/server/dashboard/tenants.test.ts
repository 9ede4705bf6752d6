import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { addSandboxTenant, addTenant, credentials, openTestDashboard, tenantOf } from './open-test-dashboard';

const logs = (count: number) => ({ tenant: { logs: generateLogs({ count, users: 20 }) } });

test('lists tenants worst first, with what they did, and finds them by name, domain and state', async () => {
  const dashboard = await openTestDashboard();
  const { host, call } = dashboard;
  await addSandboxTenant(dashboard, 'works', logs(100));
  await addTenant(dashboard, 'zeta', { AUTH0_DOMAIN: 'Zeta.EU.auth0.com' });
  await addTenant(dashboard, 'alpha');
  await host.registry.change('alpha', { isActive: false }, { mayReference: false });
  const { sandbox } = await addSandboxTenant(dashboard, 'broken', logs(5));
  const { sandbox: stuck } = await addSandboxTenant(dashboard, 'stuck', logs(5));
  const { sandbox: unread } = await addSandboxTenant(dashboard, 'a-never', logs(5));
  await host.runner.run(await tenantOf(host, 'stuck'), 'manual', 0);
  for (const { tenant, segment } of [sandbox, stuck, unread]) {
    tenant.addLog({ type: 's' });
    segment.faults.add({ endpoint: 'batch', at: 1, fault: { kind: 'status', status: 401 } });
  }
  for (const name of ['works', 'broken', 'stuck', 'a-never'])
    await host.runner.run(await tenantOf(host, name), 'manual', 0);
  const { tenants, counts } = (await call('/api/tenants')).json;
  expect(tenants.map(({ name, state }) => `${name} ${state}`)).toEqual([
    // It is the one that is behind: what has never been exported is not getting older.
    'stuck failing',
    'a-never failing',
    'broken failing',
    'zeta new',
    'works ok',
    'alpha off',
  ]);
  expect(counts).toMatchObject({ failing: 3, new: 1, ok: 1, off: 1, overdue: 0 });
  const works = tenants[4];
  expect(works?.lastRun).toMatchObject({
    failed: false,
    outcome: expect.stringMatching(/events sent, 100 logs read/),
  });
  expect(works?.eventsToday).toBe(works?.lastRun?.eventsSent);
  expect(works?.hours).toHaveLength(24);
  expect(works?.hours.at(-1)?.events).toBe(works?.eventsToday);
  const names = async (query: string) =>
    (await call(`/api/tenants?${query}`)).json.tenants.map(({ name }) => name);
  expect(await names('search=ZETA.eu')).toEqual(['zeta']);
  expect(await names('search=A')).toContain('alpha');
  expect(await names('state=off')).toEqual(['alpha']);
  expect(await names('state=off&search=zeta')).toEqual([]);
  for (const query of ['page=0', 'page=x', 'state=nonsense']) {
    expect([query, (await call(`/api/tenants?${query}`)).status]).toEqual([query, 400]);
  }
});

test('25 tenants are a page', async () => {
  const dashboard = await openTestDashboard();
  for (let n = 10; n < 40; n += 1) await addTenant(dashboard, `t-${n}`);
  const first = (await dashboard.call('/api/tenants')).json;
  expect([first.tenants.length, first.tenants[0]?.name]).toEqual([25, 't-10']);
  const second = (await dashboard.call('/api/tenants?page=2')).json;
  expect(second.tenants.map(({ name }) => name)).toEqual(['t-35', 't-36', 't-37', 't-38', 't-39']);
  expect((await dashboard.call('/api/dashboard')).json).toMatchObject({ tenants: 30, onlyTenant: null });
});

test('a run that another process holds the lease of shows as running, in the list and among the runs', async () => {
  const dashboard = await openTestDashboard();
  const { host, call } = dashboard;
  const tenant = await addTenant(dashboard, 'acme');
  const { state } = host.storeOf(tenant);
  const at = (ms: number) => new Date(host.now() + ms).toISOString();
  const progress = { start: at(0), end: '', startCheckpoint: null, checkpoint: null };
  const zero = { logsRead: 9, logsProcessed: 7, batches: 0, skipped: 0, rejected: [] };
  await state.update((before) => ({
    state: {
      ...before,
      lease: {
        owner: 'elsewhere',
        startedAt: at(0),
        expiresAt: at(10_000),
        progress: { ...progress, ...zero },
      },
    },
  }));
  expect((await call('/api/tenants')).json.tenants[0]).toMatchObject({ name: 'acme', isRunning: true });
  expect((await call('/api/tenants/acme')).json.running).toMatchObject({
    id: 'elsewhere',
    logsRead: 9,
    eventsSent: 0,
  });
  expect((await call('/api/tenants/acme/runs')).json.runs).toMatchObject([
    { id: 'elsewhere', result: 'Running', end: null },
  ]);
  expect((await call('/api/tenants/acme/runs/elsewhere')).json).toMatchObject({
    record: null,
    result: 'Running',
  });
  for (const [path, body] of [
    ['run', {}],
    ['replay', { from: '900' }],
    ['remove', { keepState: true }],
  ] as const) {
    const refused = await call(`/api/tenants/acme/${path}`, body);
    expect([path, refused.status, refused.json.error]).toEqual([path, 409, 'run_under_way']);
  }
});

test('run now runs; the page shows it, its details have the record and the lines', async () => {
  const dashboard = await openTestDashboard();
  const { host, call } = dashboard;
  await addSandboxTenant(dashboard, 'acme', logs(300));
  expect((await call('/api/tenants/acme/run', {})).status).toBe(204);
  await host.runner.idle();
  const details = (await call('/api/tenants/acme')).json;
  expect(details).toMatchObject({
    summary: { name: 'acme', state: 'ok' },
    schedule: { description: 'Every 5 minutes', setBy: '', isActive: true },
    running: null,
    failure: null,
    problems: [],
    day: { runs: 1, failed: 0 },
    checkpoint: expect.stringMatching(/^\d+$/),
  });
  expect(details.chart).toHaveLength(1);
  const { runs, total } = (await call('/api/tenants/acme/runs')).json;
  expect([total, runs]).toMatchObject([1, [{ trigger: 'manual', result: 'Succeeded' }]]);
  const run = (await call(`/api/tenants/acme/runs/${runs[0]?.id}`)).json;
  expect(run.record).toMatchObject({ logsRead: 300 });
  expect(run.lines.join('\n')).toMatch(/run started[\s\S]*run finished/);
  for (const path of [
    '/api/tenants/acme/runs/none',
    '/api/tenants/other',
    '/api/tenants/..%2fx',
    '/api/tenants/ACME',
  ]) {
    const reply = await call(path);
    expect([path, reply.status]).toEqual([path, 404]);
    expect(reply.json.message).toMatch(/There is no/);
  }
});

test('a failure is shown until a run has succeeded, and its replay sends that log again', async () => {
  const dashboard = await openTestDashboard();
  const { host, call } = dashboard;
  const { sandbox } = await addSandboxTenant(dashboard, 'acme', logs(50));
  sandbox.segment.faults.add({ endpoint: 'batch', at: 1, fault: { kind: 'status', status: 401 } });
  await call('/api/tenants/acme/run', {});
  await host.runner.idle();
  const { failure, summary } = (await call('/api/tenants/acme')).json;
  expect(summary.state).toBe('failing');
  const [run] = (await call('/api/tenants/acme/runs?filter=failed')).json.runs;
  expect(failure).toMatchObject({ runId: run?.id, message: run?.outcome });
  await call('/api/tenants/acme/run', {});
  await host.runner.idle();
  expect((await call('/api/tenants/acme')).json.failure).toBeNull();
  expect((await call('/api/tenants/acme/runs?filter=failed')).json.total).toBe(1);
  const newest = [...sandbox.tenant.selectedLogs()].at(-1)?.log_id ?? '';
  // As often as it is asked for: the job itself acts on an ID once.
  for (const count of [1, 2]) {
    expect((await call('/api/tenants/acme/replay', { from: newest })).status).toBe(200);
    await host.runner.idle();
    const [last] = (await call('/api/tenants/acme/runs')).json.runs;
    expect([count, last?.eventsSent]).toEqual([count, 1]);
  }
  for (const from of ['', ' ', 'no id!', '9'.repeat(101)]) {
    const refused = await call('/api/tenants/acme/replay', { from });
    expect([from, refused.status, Object.keys(refused.json.problems)]).toEqual([from, 422, ['START_FROM']]);
  }
});

test('removing keeps or drops the state, and deletes the application only when asked', async () => {
  const dashboard = await openTestDashboard();
  const { host, call } = dashboard;
  for (const [keepState, deleteApplication] of [
    [true, false],
    [false, true],
  ]) {
    const { sandbox, settings } = await addSandboxTenant(dashboard, 'acme', logs(20));
    await call('/api/tenants/acme/run', {});
    await host.runner.idle();
    const body = { keepState, deleteApplication };
    expect((await call('/api/tenants/acme/remove', body)).status).toBe(204);
    expect(sandbox.tenant.deletedClients).toEqual(deleteApplication ? [sandbox.tenant.clientId] : []);
    expect((await call('/api/tenants/acme')).status).toBe(404);
    await host.registry.add('acme', { settings }, { mayReference: true });
    const { checkpoint } = (await call('/api/tenants/acme')).json;
    expect(checkpoint !== null).toBe(keepState);
    await host.registry.remove('acme', false);
  }
  const { sandbox } = await addSandboxTenant(dashboard, 'gone', logs(5));
  await sandbox.close();
  const refused = await call('/api/tenants/gone/remove', { keepState: false, deleteApplication: true });
  expect([refused.status, refused.json.error]).toEqual([502, 'application_not_deleted']);
  expect((await call('/api/tenants/gone')).status).toBe(200);
});

test('a schedule is previewed, changed and switched; what cannot be read is refused', async () => {
  const dashboard = await openTestDashboard();
  const { call, host } = dashboard;
  await addTenant(dashboard, 'acme');
  const query = new URLSearchParams({ cron: '0 0 9 * * 1-5', timeZone: 'Europe/Berlin' });
  const preview = (await call(`/api/schedule?${query}`)).json;
  expect(preview).toMatchObject({ description: 'At 09:00, Monday through Friday' });
  expect(preview.next).toHaveLength(5);
  // One that is added will be one of two.
  expect(preview.isSpread).toBe(true);
  expect((await call('/api/schedule?cron=nonsense&timeZone=UTC')).status).toBe(422);
  const body = { schedule: '0 0 * * * *', timeZone: 'Europe/Berlin' };
  expect((await call('/api/tenants/acme/schedule', body)).status).toBe(204);
  const { schedule, summary } = (await call('/api/tenants/acme')).json;
  expect(schedule).toMatchObject({ cron: '0 0 * * * *', timeZone: 'Europe/Berlin' });
  const ownQuery = new URLSearchParams({ cron: body.schedule, timeZone: body.timeZone, tenant: 'acme' });
  expect((await call(`/api/schedule?${ownQuery}`)).json.isSpread).toBe(false);
  await addTenant(dashboard, 'other');
  const own = await call(`/api/schedule?${ownQuery}`);
  expect(own.json.next).toHaveLength(5);
  expect(own.json.isSpread).toBe(true);
  expect(Date.parse(summary.nextRun ?? '')).toBeGreaterThan(host.now());
  for (const [bad, name] of [
    [{ ...body, schedule: '* * *' }, 'schedule'],
    [{ ...body, timeZone: 'Nowhere' }, 'timeZone'],
  ] as const) {
    const refused = await call('/api/tenants/acme/schedule', bad);
    expect([refused.status, Object.keys(refused.json.problems)]).toEqual([422, [name]]);
  }
  expect((await call('/api/tenants/acme/state', { isActive: false })).status).toBe(204);
  expect((await call('/api/tenants/acme')).json.summary).toMatchObject({ state: 'off', nextRun: null });
});

test('live events name tenant and run; lines come to those who watch the tenant, and each event once', async () => {
  const dashboard = await openTestDashboard();
  const { url, host, call } = dashboard;
  await addSandboxTenant(dashboard, 'acme', logs(20));
  await addSandboxTenant(dashboard, 'other', logs(20));
  const read = async (path: string, lastId: string | undefined, until: RegExp) => {
    const stop = new AbortController();
    const headers = lastId ? { 'last-event-id': lastId } : undefined;
    const response = await fetch(`${url}${path}`, { ...(headers ? { headers } : {}), signal: stop.signal });
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
  const runOnce = async (name: string) => host.runner.run(await tenantOf(host, name), 'manual', 0);
  const [own, all] = [
    read('/api/live?tenant=acme', undefined, /"kind":"end"/),
    read('/api/live', undefined, /"kind":"end"[\s\S]*"kind":"end"/),
  ];
  await runOnce('other');
  await runOnce('acme');
  const text = await own;
  expect(text).toMatch(/"kind":"begin"[\s\S]*run started[\s\S]*run finished[\s\S]*"kind":"end"/);
  expect(text).not.toContain('"tenant":"other"');
  expect(await all).toMatch(/"tenant":"other"[\s\S]*"tenant":"acme"/);
  expect(await all).not.toContain('"kind":"line"');
  const [lastId] = [...text.matchAll(/^id: (.*)$/gm)].map((match) => match[1]).slice(-1);
  const again = read('/api/live?tenant=acme', lastId, /"kind":"end"/);
  await runOnce('acme');
  expect((await again).match(/"kind":"begin"/g)).toHaveLength(1);
  expect((await call('/api/live?tenant=nobody')).status).toBe(404);
});

test('installs another tenant with what was entered, due at once', async () => {
  const { call, host } = await openTestDashboard();
  const body = { name: 'acme-eu', settings: credentials, schedule: '0 0 * * * *', timeZone: 'Europe/Berlin' };
  expect((await call('/api/tenants', body)).status).toBe(201);
  const tenant = await tenantOf(host, 'acme-eu');
  expect(tenant).toMatchObject({ schedule: '0 0 * * * *', timeZone: 'Europe/Berlin', isActive: true });
  expect(tenant.dueAt).toBeLessThanOrEqual(host.now());
  expect(await host.registry.settingsOf(tenant)).toMatchObject(credentials);
  expect((await call('/api/dashboard')).json).toMatchObject({ tenants: 1, onlyTenant: 'acme-eu' });
  const again = await call('/api/tenants', body);
  expect([again.status, again.json.error, Object.keys(again.json.problems)]).toEqual([
    409,
    'name_taken',
    ['name'],
  ]);
  const bad = await call('/api/tenants', { ...body, name: 'No slug' });
  expect([bad.status, Object.keys(bad.json.problems)]).toEqual([422, ['name']]);
  const empty = await call('/api/tenants', { name: '', settings: {}, schedule: 'now' });
  const required = ['AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET', 'SEGMENT_KEY'];
  expect([empty.status, Object.keys(empty.json.problems)]).toEqual([422, ['name', ...required, 'schedule']]);
  const reference = { ...credentials, SEGMENT_KEY: 'file:/etc/passwd' };
  const refused = await call('/api/tenants', { ...body, name: 'x', settings: reference });
  expect([refused.status, Object.keys(refused.json.problems)]).toEqual([422, ['SEGMENT_KEY']]);
});
