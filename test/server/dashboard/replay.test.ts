import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { exportedLogs } from '../../support/exported-logs';
import { addSandboxTenant, openTestDashboard, type TestDashboard, tenantOf } from './open-test-dashboard';

const MINUTE = 60_000;
const START = Date.parse('2026-03-01T12:00:00.000Z');
/** Sixty logs, one a minute. */
const logs = () => generateLogs({ count: 60, users: 10, start: START, stepMs: MINUTE });
const iso = (minutes: number) => new Date(START + minutes * MINUTE).toISOString();

async function openExported() {
  const dashboard = await openTestDashboard();
  const { sandbox } = await addSandboxTenant(dashboard, 'acme', { tenant: { logs: logs() } });
  await dashboard.host.runner.run(await tenantOf(dashboard.host, 'acme'), 'manual', 0);
  sandbox.segment.reset();
  return { ...dashboard, sandbox };
}

/** Asks for a replay, and waits until its run has ended. */
async function replay({ call, host }: TestDashboard, body: object) {
  const reply = await call('/api/tenants/acme/replay', body);
  await host.runner.idle();
  return { status: reply.status, answer: JSON.parse(reply.text) };
}

test('starts from the oldest log, from now, from a date and from a log, and says with which log', async () => {
  const dashboard = await openExported();
  const { sandbox } = dashboard;
  const idAt = (position: number) => sandbox.tenant.logAt(position).log_id;
  const expected: [object, { from: string; isOldestLeft?: boolean }][] = [
    [{ oldest: true }, { from: idAt(0) }],
    [{ now: true }, { from: idAt(59) }],
    [{ at: iso(29.5) }, { from: idAt(30) }],
    [{ at: '2026-03-01T13:29:30+01:00' }, { from: idAt(30) }],
    // Asked for once more, it starts there once more.
    [{ from: ` ${idAt(30)} ` }, { from: idAt(30) }],
    [{ at: iso(-60) }, { from: idAt(0), isOldestLeft: true }],
  ];
  for (const [body, { from, isOldestLeft = false }] of expected) {
    sandbox.segment.reset();
    const { status, answer } = await replay(dashboard, body);
    const { date } = sandbox.tenant.logAt([...Array(60).keys()].find((place) => idAt(place) === from) ?? 0);
    expect([body, status, answer]).toEqual([body, 200, { from, date, isOldestLeft }]);
    const { runs } = (await dashboard.call('/api/tenants/acme/runs')).json;
    expect(runs[0]).toMatchObject({ isReplay: true, result: 'Succeeded' });
    const exported = exportedLogs(sandbox).filter((log) => log.log_id >= from);
    expect([body, sandbox.segment.tracks().length]).toEqual([body, exported.length]);
  }
});

test('START_FROM is used once, and shown as used, with when', async () => {
  const dashboard = await openExported();
  const { call, host, sandbox } = dashboard;
  const startFrom = async () => JSON.parse((await call('/api/tenants/acme')).text).startFrom;
  expect(await startFrom()).toBeNull();
  const id = sandbox.tenant.logAt(10).log_id;
  await host.registry.change('acme', { settings: { START_FROM: id } }, { mayReference: false });
  expect(await startFrom()).toEqual({ id, isUsed: false, usedAt: null });
  await host.runner.run(await tenantOf(host, 'acme'), 'manual', 0);
  const { runs } = (await call('/api/tenants/acme/runs')).json;
  const [run, before] = runs;
  expect(await startFrom()).toEqual({ id, isUsed: true, usedAt: run?.start });
  expect([run?.isReplay, before?.isReplay]).toEqual([true, false]);
  const { record } = JSON.parse((await call(`/api/tenants/acme/runs/${run?.id}`)).text);
  expect(record.startedFrom).toBe(id);

  // The next run resumes from the checkpoint, and one that found nothing is not folded into the replay.
  await host.runner.run(await tenantOf(host, 'acme'), 'manual', 0);
  const [next] = (await call('/api/tenants/acme/runs')).json.runs;
  expect(next).toMatchObject({ isReplay: false, eventsSent: 0, runs: 1 });
  await host.registry.change('acme', { settings: { START_FROM: '' } }, { mayReference: false });
  expect(await startFrom()).toBeNull();
});

test.each([
  [
    'no such log',
    { from: '90020200101000000000000000000000000000000000000000000000' },
    /does not know a log/,
  ],
  ['no ID', { from: ' ' }, /START_FROM is empty/],
  ['a time after the newest log', { at: iso(600) }, /no log of 2026-03-01T22:00:00\.000Z or later/],
])('%s is refused with what to do, and nothing is changed', async (_, body, words) => {
  const dashboard = await openExported();
  const { status, answer } = await replay(dashboard, body);
  expect([status, answer.error]).toEqual([422, 'invalid_settings']);
  expect(answer.problems.START_FROM).toMatch(words);
  expect(JSON.parse((await dashboard.call('/api/tenants/acme')).text).startFrom).toBeNull();
  expect(dashboard.sandbox.segment.requests).toBe(0);
});

test('where Auth0 cannot be asked, that is said, and nothing is changed', async () => {
  const dashboard = await openExported();
  const fault = { kind: 'status', status: 403 } as const;
  dashboard.sandbox.tenant.faults.add({ endpoint: 'logs', times: Infinity, fault });
  const { status, answer } = await replay(dashboard, { oldest: true });
  expect([status, answer.error]).toEqual([502, 'start_not_found']);
  expect(answer.message).toContain('read:logs');
  expect(JSON.parse((await dashboard.call('/api/tenants/acme')).text).startFrom).toBeNull();
});

test.each([{}, { at: 'yesterday' }, { oldest: false }])('what no page sends is refused: %j', async (body) => {
  const dashboard = await openTestDashboard();
  await addSandboxTenant(dashboard, 'acme');
  expect((await dashboard.call('/api/tenants/acme/replay', body)).status).toBe(400);
});
