import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { OpenHost } from '../../../server/runs/host';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { fakeClock, settle } from '../../support/fake-clock';
import { openTestHost, openTestTenant } from './open-test-host';

const given = (settings: Record<string, string>) => ({
  tenant: 'default',
  settings,
  schedule: undefined,
  timeZone: undefined,
});
const logs = (count: number) => ({ tenant: { logs: generateLogs({ count, users: 20 }) } });

test('runs the tenant of the environment at once: exports, records, keeps what it logged', async () => {
  const { sandbox, settings } = await openTestTenant(logs(300));
  const { host, ended } = await openTestHost({ given: given(settings) });
  await host.refresh(true);
  const finished = await host.begin();
  expect(finished).toMatchObject({ trigger: 'start', answer: { statusCode: 200 } });
  expect(ended).toEqual([finished]);
  const selected = [...sandbox.tenant.selectedLogs()];
  expect(sandbox.segment.tracks()).toHaveLength(selected.filter(({ user_id }) => user_id).length);

  const tenant = await host.registry.find('default');
  if (!tenant || !finished) throw new Error('no tenant');
  const { history, state } = host.storeOf(tenant);
  const { runs, total } = await history.list({ offset: 0, limit: 10 });
  expect(total).toBe(1);
  expect(runs[0]).toMatchObject({ id: finished.id, logsRead: 300, logsProcessed: selected.length });
  expect(await state.read()).toMatchObject({ lease: null });
  const note = await host.notes.find(tenant.id, finished.id);
  expect(note?.trigger).toBe('start');
  expect(note?.lines.join('\n')).toMatch(/run started[\s\S]*run finished/);
  expect(note?.lines.join('\n')).not.toContain(settings.AUTH0_CLIENT_SECRET);
});

/** The settings of a tenant that is added, rather than given by the environment. */
function addable(settings: Record<string, string>): Record<string, string> {
  const { SLACK_SEND_SUCCESS: _, ...rest } = settings;
  return rest;
}

const mayReference = { mayReference: true };

async function recordsOf(host: OpenHost, name: string) {
  const tenant = await host.registry.find(name);
  if (!tenant) throw new Error(`There is no tenant ${name}.`);
  return (await host.storeOf(tenant).history.list({ offset: 0, limit: 10 })).runs;
}

test('what is due while a host was down is caught up once, from its checkpoint', async () => {
  const clock = fakeClock({ now: Date.parse('2026-03-01T12:00:01Z') });
  const { sandbox, settings } = await openTestTenant(logs(30));
  const first = await openTestHost({ given: given(settings), clock });
  await first.host.refresh(true);
  await first.host.begin();
  await first.host.close();
  sandbox.tenant.addLogs([{ type: 's' }, { type: 'ss' }]);
  await clock.advance(3_600_000);
  const { host } = await openTestHost({ given: given(settings), clock, folder: first.folder });
  await host.refresh(true);
  const finished = await host.begin();
  expect(finished).toMatchObject({ trigger: 'missed', answer: { body: { status: { logsRead: 2 } } } });
  const tenant = await host.registry.find('default');
  expect(tenant?.dueAt).toBe(Date.parse('2026-03-01T13:05:00Z'));
  expect(finished && tenant && (await host.notes.find(tenant.id, finished.id))?.dueAt).toBe(
    '2026-03-01T12:05:00.000Z',
  );
  await settle();
  expect(await recordsOf(host, 'default')).toHaveLength(2);
});

test('the terminal is told what runs log, and of tenants that change, not of each due time that moves', async () => {
  const clock = fakeClock({ now: Date.parse('2026-03-01T12:00:01Z') });
  const { settings } = await openTestTenant(logs(30));
  const { host, ended } = await openTestHost({ given: given(settings), clock });
  await host.refresh(true);
  await host.begin();
  const pages = new Set<string>();
  const terminal = new Set<string>();
  host.live.watch(Number.POSITIVE_INFINITY, ({ kind }) => pages.add(kind));
  host.here.watch(Number.POSITIVE_INFINITY, ({ kind }) => terminal.add(kind));
  await clock.advance(300_000);
  await vi.waitFor(() => expect(ended).toHaveLength(2));
  expect([...pages].sort()).toEqual(['begin', 'change', 'end', 'line']);
  expect([...terminal].sort()).toEqual(['begin', 'end', 'line']);
  host.wake();
  expect(terminal).toContain('change');
});

test('a stop lets the run finish its batch and give its lease up, and begins none that waits', async () => {
  const { settings } = await openTestTenant(logs(300));
  const { host, stop } = await openTestHost({ given: given(settings), maxConcurrentRuns: 1 });
  await host.refresh(true);
  const other = await host.registry.add('other', { settings: addable(settings) }, mayReference);
  const running = await host.registry.find('default');
  if (!running) throw new Error('no tenant');
  const [first, second] = [
    host.runner.run(running, 'manual', host.now()),
    host.runner.run(other, 'manual', host.now()),
  ];
  stop.abort();
  expect((await first)?.answer.statusCode).toBe(200);
  expect(await second).toBeUndefined();
  expect(await host.runner.run(running, 'manual', host.now())).toBeUndefined();
  expect((await host.storeOf(running).state.read()).lease).toBeNull();
});

test('settings that are changed hold for the next run', async () => {
  const { sandbox, settings } = await openTestTenant(logs(300));
  const { host } = await openTestHost();
  const added = await host.registry.add('acme', { settings: addable(settings) }, mayReference);
  await host.registry.change('acme', { settings: { BATCH_SIZE: '7' } }, mayReference);
  const changed = await host.registry.find('acme');
  expect(changed?.id).toBe(added.id);
  const finished = changed && (await host.runner.run(changed, 'manual', host.now()));
  const selected = [...sandbox.tenant.selectedLogs()];
  expect(finished?.answer.body).toMatchObject({ status: { batches: Math.ceil(selected.length / 7) } });
});

test('a secret that cannot be read is a failed run of that tenant, in its history and in Slack; others run', async () => {
  const { sandbox, settings } = await openTestTenant(logs(30));
  const { host } = await openTestHost();
  const lost = { ...addable(settings), AUTH0_CLIENT_SECRET: 'env:NO_SUCH_SECRET' };
  const broken = await host.registry.add('broken', { settings: lost }, mayReference);
  const healthy = await host.registry.add('healthy', { settings: addable(settings) }, mayReference);
  const [failed, done] = await Promise.all([
    host.runner.run(broken, 'schedule', host.now()),
    host.runner.run(healthy, 'schedule', host.now()),
  ]);
  expect(failed?.answer.statusCode).toBe(500);
  expect(done?.answer.statusCode).toBe(200);
  const [record] = await recordsOf(host, 'broken');
  expect(record?.id).toBe(failed?.id);
  expect(record?.error?.message).toMatch(/AUTH0_CLIENT_SECRET of tenant broken is env:NO_SUCH_SECRET/);
  expect(sandbox.slack.messages.map(({ text }) => String(text)).join('\n')).toContain('NO_SUCH_SECRET');
});

test('a secret that is to come out of a pipe fails its run at once, and says why', async () => {
  const { settings } = await openTestTenant(logs(30));
  const { host, folder } = await openTestHost();
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const input = { settings: { ...addable(settings), SEGMENT_KEY: `file:${pipe}` } };
  const tenant = await host.registry.add('acme', input, mayReference);
  const run = await host.runner.run(tenant, 'schedule', host.now());
  expect(run?.answer.body).toMatchObject({
    status: { error: { message: expect.stringMatching(/SEGMENT_KEY of tenant acme .* that is no file/) } },
  });
});

test('what is logged of two tenants is told apart, and holds no secret of either', async () => {
  const tenants = [await openTestTenant(logs(30)), await openTestTenant(logs(30))];
  const { host } = await openTestHost();
  const lines: string[] = [];
  host.live.watch(0, (event) => lines.push(`${event.tenant} ${event.run} ${event.kind} ${event.text}`));
  const rows = await Promise.all(
    tenants.map(({ settings }, n) =>
      host.registry.add(`tenant-${n}`, { settings: addable(settings) }, mayReference),
    ),
  );
  const runs = await Promise.all(rows.map((row) => host.runner.run(row, 'manual', host.now())));
  for (const run of runs) {
    const of = lines.filter((line) => line.includes(run?.id ?? 'none'));
    expect(new Set(of.map((line) => line.split(' ')[0]))).toEqual(new Set([run?.tenant.name]));
    expect(of.map((line) => line.split(' ')[2])).toEqual(expect.arrayContaining(['begin', 'line', 'end']));
  }
  for (const { settings } of tenants) {
    expect(lines.join('\n')).not.toContain(settings.AUTH0_CLIENT_SECRET);
    expect(lines.join('\n')).not.toContain(settings.SEGMENT_KEY);
  }
});

test('two runs of a tenant at once: the second is not begun', async () => {
  const { settings } = await openTestTenant(logs(30));
  const { host } = await openTestHost();
  const tenant = await host.registry.add('acme', { settings: addable(settings) }, mayReference);
  const runs = await Promise.all([1, 2].map(() => host.runner.run(tenant, 'manual', host.now())));
  expect(runs.map((run) => run?.answer.statusCode)).toEqual([200, undefined]);
});

test('a tenant’s access token serves its next run, and no other tenant’s', async () => {
  const tenants = [await openTestTenant(logs(30)), await openTestTenant(logs(30))];
  const { host } = await openTestHost();
  for (const [n, { sandbox, settings }] of tenants.entries()) {
    const tenant = await host.registry.add(`tenant-${n}`, { settings: addable(settings) }, mayReference);
    for (let runs = 0; runs < 3; runs += 1) await host.runner.run(tenant, 'manual', host.now());
    expect(sandbox.tenant.requests.token).toBe(1);
  }
});

test('run and replay beside a host let go of nothing that they were not given', async () => {
  const { settings } = await openTestTenant();
  const given = { tenant: 'default', settings, schedule: undefined, timeZone: undefined };
  const { host, folder } = await openTestHost({ given });
  await host.refresh(true);
  const beside = await openTestHost({ folder });
  await beside.host.refresh(false);
  expect((await host.registry.find('default'))?.origin).toBe('environment');
  await beside.host.refresh(true);
  expect((await host.registry.find('default'))?.origin).toBe('stored');
});
