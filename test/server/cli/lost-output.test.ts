import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../sandbox/open-sandbox';
import { startProcess } from './start-process';

const SOON = { timeout: 60_000, interval: 20 };

async function openWorld() {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 60, users: 10 }) } });
  const { EXTENSION_SECRET: _, ...secrets } = sandbox.secrets();
  const expected = () => [...sandbox.tenant.selectedLogs()].filter(({ user_id }) => user_id).length;
  const received = () => sandbox.segment.ids('track').size;
  return { sandbox, env: { ...secrets, SCHEDULE: '* * * * * *' }, expected, received };
}

test('start exports after the reader of its output has closed both pipes and its session has ended', async () => {
  const { sandbox, env, expected, received } = await openWorld();
  const { child, exit, prints } = await startProcess(['start'], { env });
  await prints(/Ctrl-C stops/);
  child.stdout.destroy();
  child.stderr.destroy();
  child.kill('SIGHUP');
  for (let round = 0; round < 2; round += 1) {
    sandbox.tenant.addLogs(Array.from({ length: 20 }, () => ({ type: 's' as const })));
    await expect.poll(received, SOON).toBe(expected());
  }
  expect(child.exitCode).toBeNull();
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
});

test('start exports while its output is a full disk', async () => {
  const { env, expected, received } = await openWorld();
  const { child, exit } = await startProcess(['start'], {
    env,
    through: ['sh', '-c', 'exec "$@" >/dev/full 2>&1', 'sh'],
  });
  await expect.poll(received, SOON).toBe(expected());
  expect(child.exitCode).toBeNull();
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
});

test('a one-shot command ends with 0 when the reader of its output has seen enough', async () => {
  const { child, exit } = await startProcess(['--help']);
  child.stdout.destroy();
  expect(await exit).toBe(0);
});

test('a one-shot command ends with 1 when its output cannot be written', async () => {
  const { exit } = await startProcess(['--help'], { through: ['sh', '-c', 'exec "$@" >/dev/full', 'sh'] });
  expect(await exit).toBe(1);
});
