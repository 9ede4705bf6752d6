import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { temporaryFolder } from '../../support/temporary-folder';
import { openSandbox } from '../sandbox/open-sandbox';
import { startProcess } from './start-process';

const PASSWORD = 'correct horse battery staple';

/** A tenant on this machine that is none of the process's own sandbox. */
async function openTenant() {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 20, users: 5 }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  return { sandbox, env };
}

test('its own sandbox works without any permission', async () => {
  const { says } = await startProcess(['start'], { env: { ALLOW_PRIVATE_HOSTS: '' } });
  await says(/Events sent +Segment accepted 1,7\d\d events/);
  await says(/Slack +1 message/);
});

test.each(['run', 'replay', 'start'])(
  '%s asks nothing of a private address, and says why',
  async (command) => {
    const { sandbox, env } = await openTenant();
    const args = command === 'replay' ? ['replay', '--from', '1'] : [command];
    const { says, exit, err, out, child } = await startProcess(args, {
      env: { ...env, ALLOW_PRIVATE_HOSTS: '' },
    });
    if (command === 'start') {
      await says(/ALLOW_PRIVATE_HOSTS=true/);
      child.kill('SIGTERM');
    } else expect(await exit).toBe(1);
    // A terminal breaks lines.
    expect((out() + err()).replace(/\s+/g, ' ')).toMatch(
      /127\.0\.0\.1 is an address of this machine .*ALLOW_PRIVATE_HOSTS=true/,
    );
    expect(sandbox.tenant.requests.token).toBe(0);
  },
);

test('the permission is the environment’s alone: neither a file’s, nor an argument’s', async () => {
  const { sandbox, env } = await openTenant();
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ALLOW_PRIVATE_HOSTS: 'true' }));
  const fromFile = await startProcess(['run'], { folder, env: { ...env, ALLOW_PRIVATE_HOSTS: '' } });
  expect(await fromFile.exit).toBe(78);
  expect(fromFile.err()).toMatch(/config\.json has ALLOW_PRIVATE_HOSTS, which only the environment/);
  const fromArgument = await startProcess(['run', '--allow-private-hosts', 'true'], { env });
  expect(await fromArgument.exit).toBe(78);
  const unclear = await startProcess(['run'], { env: { ...env, ALLOW_PRIVATE_HOSTS: 'yes' } });
  expect(await unclear.exit).toBe(78);
  expect(unclear.err()).toMatch(/ALLOW_PRIVATE_HOSTS is "yes"\. It must be true, or empty/);
  expect(sandbox.tenant.requests.token).toBe(0);
  const allowed = await startProcess(['run'], { env: { ...env, ALLOW_PRIVATE_HOSTS: 'true' } });
  expect(await allowed.exit).toBe(0);
});

test('plain http where others reach it is warned of, and sign-ins are written down', async () => {
  const env = { ADDRESS: '0.0.0.0', DASHBOARD_PASSWORD: PASSWORD };
  const { says } = await startProcess(['start', '--no-sandbox'], { env });
  await says(/Warning: ADDRESS is 0\.0\.0\.0, and browsers reach it by plain http/);
  const [, port = ''] = await says(/Dashboard +http:\/\/localhost:(\d+)/);
  const logIn = (password: string) =>
    fetch(`http://127.0.0.1:${port}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ password }),
    });
  expect((await logIn('wrong')).status).toBe(401);
  expect((await logIn(PASSWORD)).status).toBe(204);
  await says(/\d{4}-\d\d-\d\dT[\d:.]+Z {2}Dashboard {2}127\.0\.0\.1 {2}refused: wrong_password/);
  await says(/\d{4}-\d\d-\d\dT[\d:.]+Z {2}Dashboard {2}127\.0\.0\.1 {2}signed in/);
});
