import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { temporaryFolder } from '../../support/temporary-folder';
import { openSandbox } from '../sandbox/open-sandbox';
import { runInProcess, startCommand } from './run-in-process';
import { startProcess } from './start-process';

const PASSWORD = 'correct horse battery staple';

/** A tenant on this machine that is none of the process's own sandbox. */
async function openTenant() {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 20, users: 5 }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  return { sandbox, env };
}

// The guard replaces `fetch` in the whole process, so that these need one of their own.
test('start reaches its own sandbox without ALLOW_PRIVATE_HOSTS', async () => {
  const { prints } = await startProcess(['start'], { env: { ALLOW_PRIVATE_HOSTS: '' } });
  await prints(/Events sent +Segment accepted 1,\d{3} events/);
  await prints(/Slack +1 message/);
});

test.each(['run', 'replay', 'start'])(
  '%s connects to no private address, and explains why',
  async (command) => {
    const { sandbox, env } = await openTenant();
    const args = command === 'replay' ? ['replay', '--from', '1'] : [command];
    const { prints, exit, err, out, stop } = await startProcess(args, {
      env: { ...env, ALLOW_PRIVATE_HOSTS: '' },
    });
    if (command === 'start') {
      await prints(/ALLOW_PRIVATE_HOSTS=true/);
      await stop();
    } else expect(await exit).toBe(1);
    // A terminal breaks lines.
    expect((out() + err()).replace(/\s+/g, ' ')).toMatch(
      /127\.0\.0\.1 is an address of this machine .*ALLOW_PRIVATE_HOSTS=true/,
    );
    expect(sandbox.tenant.requests.token).toBe(0);
  },
);

test('only the environment sets ALLOW_PRIVATE_HOSTS, neither config.json nor an argument', async () => {
  const { sandbox, env } = await openTenant();
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ALLOW_PRIVATE_HOSTS: 'true' }));
  const fromFile = await runInProcess(['run'], { folder, env: { ...env, ALLOW_PRIVATE_HOSTS: '' } });
  expect(fromFile.code).toBe(78);
  expect(fromFile.err).toMatch(/config\.json has ALLOW_PRIVATE_HOSTS, which only the environment/);
  const fromArgument = await runInProcess(['run', '--allow-private-hosts', 'true'], { env });
  expect(fromArgument.code).toBe(78);
  const unclear = await runInProcess(['run'], { env: { ...env, ALLOW_PRIVATE_HOSTS: 'yes' } });
  expect(unclear.code).toBe(78);
  expect(unclear.err).toMatch(/ALLOW_PRIVATE_HOSTS is "yes"\. It must be true, or empty/);
  expect(sandbox.tenant.requests.token).toBe(0);
  const allowed = await runInProcess(['run'], { env: { ...env, ALLOW_PRIVATE_HOSTS: 'true' } });
  expect(allowed.code).toBe(0);
});

test('start warns of plain http on a public address, and reports sign-ins', async () => {
  const env = { ADDRESS: '0.0.0.0', DASHBOARD_PASSWORD: PASSWORD };
  const { prints } = await startCommand(['start', '--no-sandbox'], { env });
  await prints(/Warning: ADDRESS is 0\.0\.0\.0, and browsers reach it by plain http/);
  const [, port = ''] = await prints(/Dashboard +http:\/\/localhost:(\d+)/);
  const logIn = (password: string) =>
    fetch(`http://127.0.0.1:${port}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ password }),
    });
  expect((await logIn('wrong')).status).toBe(401);
  expect((await logIn(PASSWORD)).status).toBe(204);
  await prints(/\d{4}-\d\d-\d\dT[\d:.]+Z {2}Dashboard {2}127\.0\.0\.1 {2}refused: wrong_password/);
  await prints(/\d{4}-\d\d-\d\dT[\d:.]+Z {2}Dashboard {2}127\.0\.0\.1 {2}signed in/);
});
