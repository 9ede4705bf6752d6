import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordOf } from '../../../server/runs/executions';
import { startHost } from '../../../server/runs/host';
import { fakeClock, settle } from '../../support/fake-clock';
import { openTestHost } from './open-test-host';

const run = { scheduled_at: '2026-01-01T00:00:00.000Z', trigger: 'manual' as const };

test('runs the bundle through its entry: exports, records, keeps what it logged', async () => {
  const { host, sandbox, ended } = await openTestHost();
  const execution = await host.runner.run(run);
  expect(execution).toMatchObject({ type: 'success', statusCode: 200, trigger: 'manual' });
  const record = recordOf(execution?.body);
  const selected = [...sandbox.tenant.selectedLogs()];
  expect(record?.logsRead).toBe(300);
  expect(record?.logsProcessed).toBe(selected.length);
  expect(sandbox.segment.tracks()).toHaveLength(selected.filter(({ user_id }) => user_id).length);
  expect(execution?.lines.join('\n')).toMatch(/run started[\s\S]*run finished/);
  expect(ended).toEqual([execution]);
  expect(host.history.list()).toEqual([execution]);
});

test('two runs at once: the second is not begun', async () => {
  const { host } = await openTestHost();
  const [first, second] = await Promise.all([host.runner.run(run), host.runner.run(run)]);
  expect(first?.type).toBe('success');
  expect(second).toBeUndefined();
});

test('resumes from its checkpoint when it is started anew', async () => {
  const { host, sandbox, folder } = await openTestHost();
  await host.runner.run(run);
  await host.stop();
  sandbox.tenant.addLogs([{ type: 's' }, { type: 'ss' }]);
  const again = await openTestHost({ folder, overrides: withoutSecrets(sandbox.secrets()) });
  const execution = await again.host.runner.run(run);
  expect(recordOf(execution?.body)).toMatchObject({ logsRead: 2, logsProcessed: 2 });
});

test('what is switched off has no next run, and what is rescheduled comes at its new time', async () => {
  const clock = fakeClock({ now: Date.parse('2026-03-01T12:00:01Z') });
  const { host } = await openTestHost({ clock });
  const change = (fields: object) =>
    host.update((installed) => installed && { ...installed, job: { ...installed.job, ...fields } });
  expect(host.installed?.job.next_available_at).toBe('2026-03-01T12:05:00.000Z');
  await change({ state: 'inactive' });
  expect(host.installed?.job.next_available_at).toBeNull();
  await change({ state: 'active', schedule: '0 0 3 * * *', tz: 'Europe/Berlin' });
  expect(host.installed?.job.next_available_at).toBe('2026-03-02T02:00:00.000Z');
});

test('switched off it does not run for a day, switched on it runs at the next due time', async () => {
  const clock = fakeClock({ now: Date.parse('2026-03-01T12:00:01Z') });
  const { host } = await openTestHost({ clock });
  const switchTo = (state: 'active' | 'inactive') =>
    host.update((installed) => installed && { ...installed, job: { ...installed.job, state } });
  await switchTo('inactive');
  expect(await host.begin()).toBeUndefined();
  await clock.advance(24 * 3_600_000);
  expect(host.history.list()).toEqual([]);
  await switchTo('active');
  await clock.advance(299_000);
  await expect.poll(() => host.history.list().length).toBe(1);
  await host.runner.idle();
  expect(host.history.list()).toMatchObject([
    { scheduled_at: '2026-03-02T12:05:00.000Z', trigger: 'schedule', type: 'success' },
  ]);
});

test('a time of day that is set back by hours moves the next run back with it', async () => {
  const clock = fakeClock({ now: Date.parse('2026-03-01T12:00:01Z') });
  const { host } = await openTestHost({ clock });
  await host.begin();
  clock.set(-3 * 3_600_000);
  await clock.advance(15_000);
  await expect.poll(() => host.installed?.job.next_available_at).toBe('2026-03-01T09:05:00.000Z');
});

test('what is due while a run is under way is not run beside it, nor after it', async () => {
  const clock = fakeClock({ now: Date.parse('2026-03-01T12:00:01Z') });
  const { host, sandbox } = await openTestHost({ clock });
  sandbox.tenant.faults.add({ endpoint: 'token', fault: { kind: 'delay', ms: 1_000 } });
  const first = host.begin();
  await expect.poll(() => host.runner.isRunning).toBe(true);
  await clock.advance(300_000);
  await expect.poll(() => host.installed?.job.next_available_at).toBe('2026-03-01T12:10:00.000Z');
  expect(host.runner.isRunning).toBe(true);
  expect((await first)?.type).toBe('success');
  expect(host.history.list()).toHaveLength(1);
});

test('settings that are changed hold for the next run', async () => {
  const { host, sandbox } = await openTestHost();
  const change = (settings: Record<string, string>) =>
    host.update(
      (installed) => installed && { ...installed, settings: { ...installed.settings, ...settings } },
    );
  const selected = [...sandbox.tenant.selectedLogs()];
  await change({ BATCH_SIZE: '7' });
  const first = recordOf((await host.runner.run(run))?.body);
  expect(first?.batches).toBe(Math.ceil(selected.length / 7));
  const from = sandbox.tenant.logAt(200).log_id;
  await change({ BATCH_SIZE: '100', START_FROM: from });
  const replayed = recordOf((await host.runner.run(run))?.body);
  expect(replayed).toMatchObject({ logsRead: 100, batches: 1 });
  expect(recordOf((await host.runner.run(run))?.body)?.logsRead).toBe(0);
});

test('a run that was missed while it was down is made up once', async () => {
  const clock = fakeClock({ now: Date.parse('2026-03-01T12:00:01Z') });
  const { host, sandbox, folder } = await openTestHost({ clock });
  await host.stop();
  await clock.advance(3_600_000);
  const again = await openTestHost({ folder, clock, overrides: withoutSecrets(sandbox.secrets()) });
  const first = await again.host.begin();
  expect(first).toMatchObject({ trigger: 'missed', scheduled_at: '2026-03-01T12:05:00.000Z' });
  expect(again.host.installed?.job.next_available_at).toBe('2026-03-01T13:05:00.000Z');
  await settle();
  expect(again.host.history.list()).toHaveLength(1);
});

test('a stop lets the run finish its batch and give up its lease', async () => {
  const { host } = await openTestHost();
  const running = host.runner.run(run);
  await host.stop();
  expect((await running)?.statusCode).toBe(200);
  expect(host.storage.document()).toMatchObject({ lease: null });
});

test('everything is in files that only their owner may read', async () => {
  const { host, folder } = await openTestHost();
  await host.runner.run(run);
  for (const name of ['extension.json', 'storage.json', 'executions.json']) {
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  }
  expect(await readFile(join(folder, 'extension.json'), 'utf8')).toContain('SEGMENT_KEY');
});

test('without a bundle it says how to build one', async () => {
  const { folder } = await openTestHost();
  const options = {
    folder,
    bundle: '/nowhere/bundle.js',
    overrides: {},
    clock: fakeClock(),
    baseUrl: () => '',
    onEnd: () => {},
    onTrouble: () => {},
  };
  await expect(startHost(options)).rejects.toThrow('npm run build');
});

function withoutSecrets({ EXTENSION_SECRET: _, ...rest }: Record<string, string>): Record<string, string> {
  return rest;
}
