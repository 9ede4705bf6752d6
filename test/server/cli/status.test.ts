import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../sandbox/open-sandbox';
import { runInProcess } from './run-in-process';

test('status shows rejected calls until a replay of them succeeds', async () => {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 50, users: 5 }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  const [first] = sandbox.tenant.selectedLogs();
  const accept = sandbox.segment.refuse(
    ({ type, timestamp }) => type === 'track' && timestamp === first?.date,
  );
  const { folder, code } = await runInProcess(['run'], { env });
  expect(code).toBe(0);
  const status = async () => {
    const shown = await runInProcess(['status'], { folder, env });
    const json = await runInProcess(['status', '--json'], { folder, env });
    return { out: shown.out, json: JSON.parse(json.out)[0] };
  };
  const rejected = await status();
  expect(rejected.out).toMatch(/State +Calls rejected\n/);
  expect(rejected.out).toMatch(/Rejected +1 call in the last 24 hours/);
  expect(rejected.json).toMatchObject({ state: 'incomplete', rejected: 1 });

  accept();
  const replay = await runInProcess(['run'], { folder, env: { ...env, START_FROM: first?.log_id ?? '' } });
  expect(replay.code).toBe(0);
  expect((await status()).json).toMatchObject({ state: 'ok', rejected: 0 });
});
