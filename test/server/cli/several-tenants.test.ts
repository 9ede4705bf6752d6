import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { temporaryFolder } from '../../support/temporary-folder';
import { openSandbox } from '../sandbox/open-sandbox';
import { runInProcess, startCommand } from './run-in-process';

/** Tenants of sandboxes of their own, declared in a file. */
async function declare(
  tenants: Record<string, { logs: number; more?: Record<string, string>; fields?: string }>,
) {
  const folder = await temporaryFolder();
  const sandboxes = new Map<string, Awaited<ReturnType<typeof openSandbox>>>();
  let text = 'tenants:\n';
  for (const [name, { logs, more = {}, fields = '' }] of Object.entries(tenants)) {
    const start = Date.now() - logs * 1000;
    const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: logs, users: 10, start }) } });
    sandboxes.set(name, sandbox);
    const { EXTENSION_SECRET: _, SLACK_SEND_SUCCESS: __, ...settings } = { ...sandbox.secrets(), ...more };
    const lines = Object.entries(settings).map(([key, value]) => `      ${key}: ${JSON.stringify(value)}\n`);
    text += `  - name: ${name}\n${fields}    settings:\n${lines.join('')}`;
  }
  await writeFile(join(folder, 'tenants.yaml'), text, { mode: 0o600 });
  const env = { TENANTS_FILE: join(folder, 'tenants.yaml') };
  const command = (...args: string[]) => runInProcess(args, { env, folder });
  return { folder, env, sandboxes, command };
}

const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('run, status and replay accept the name of a tenant, and list the tenants if none is given', async () => {
  const { command, sandboxes } = await declare({ 'acme-eu': { logs: 20 }, 'acme-us': { logs: 30 } });
  for (const args of [['run'], ['replay', '--from', '1']]) {
    const { code, err } = await command(...args);
    expect([code, err]).toEqual([
      78,
      'There are 2 tenants: name one of them. The tenants are acme-eu, acme-us.\n',
    ]);
  }
  const unknown = await command('run', 'acme');
  expect([unknown.code, unknown.err]).toEqual([
    78,
    'There is no tenant "acme". The tenants are acme-eu, acme-us.\n',
  ]);

  const run = await command('run', 'acme-us');
  expect(run.code).toBe(0);
  expect(JSON.parse(run.out).status.logsRead).toBe(30);
  expect(sandboxes.get('acme-eu')?.segment.accepted).toBe(0);

  const one = await command('status', 'acme-us', '--json');
  expect(one.code).toBe(0);
  expect(JSON.parse(one.out)).toMatchObject({ tenant: 'acme-us', state: 'ok', lastRun: { failed: false } });
  // One has not run yet.
  const all = await command('status');
  expect(all.code).toBe(1);
  expect(all.out).toMatch(/^Tenant +State +Behind +Last result +Next run\n/);
  expect(all.out).toMatch(/\nacme-eu +New +unknown +none yet/);
  expect(all.out).toMatch(/\nacme-us +Caught up +[\d.]+ \w+ +Succeeded: 30 logs read/);

  const from = sandboxes.get('acme-eu')?.tenant.logAt(0).log_id ?? '';
  const replay = await command('replay', 'acme-eu', '--from', from);
  expect([replay.code, replay.err]).toEqual([0, expect.stringMatching(/^Sent \d+ events/)]);
});

test('run --all prints a line of JSON for each active tenant, also if others fail, and exits with the worst code', async () => {
  const { command, sandboxes } = await declare({
    healthy: { logs: 20 },
    lost: { logs: 10, more: { AUTH0_CLIENT_SECRET: 'env:NO_SUCH_SECRET' } },
    wrong: { logs: 10, more: { AUTH0_CLIENT_SECRET: 'wrong-secret-1' } },
  });
  const { code, out, err } = await command('run', '--all');
  expect(code).toBe(1);
  const results = new Map(linesOf(out).map((line) => [line.tenant, line]));
  expect([...results.keys()].sort()).toEqual(['healthy', 'lost', 'wrong']);
  expect(results.get('healthy')).toMatchObject({ status: { logsRead: 20 } });
  expect(results.get('lost')).toMatchObject({
    status: { error: { message: expect.stringContaining('env:NO_SUCH_SECRET') } },
  });
  expect(results.get('wrong')).toMatchObject({ status: { error: {} } });
  expect(out + err).not.toContain('wrong-secret-1');
  expect(err).toMatch(/Exporting 3 tenants/);
  expect(err).toMatch(/\nhealthy {2}Succeeded: 20 logs read/);
  expect(sandboxes.get('healthy')?.segment.accepted).toBeGreaterThan(0);
  const status = await command('status', '--json');
  expect(status.code).toBe(1);
  expect(JSON.parse(status.out).map(({ tenant, state }: Record<string, unknown>) => [tenant, state])).toEqual(
    [
      ['lost', 'failing'],
      ['wrong', 'failing'],
      ['healthy', 'ok'],
    ],
  );
});

test('start exports several tenants, and prints a line for each run with its tenant', async () => {
  const { folder, env, sandboxes } = await declare({ 'acme-eu': { logs: 20 }, 'acme-us': { logs: 30 } });
  const { prints, stop, out } = await startCommand(['start'], { env, folder });
  await prints(/\n {2}Tenants +2\n/);
  await prints(/\n\d\d:\d\d:\d\d {2}acme-eu {2}Succeeded: 20 logs read/);
  await prints(/\n\d\d:\d\d:\d\d {2}acme-us {2}Succeeded: 30 logs read/);
  expect(out()).toMatch(/\nWhat is due runs now\. Ctrl-C stops\./);
  expect(await stop()).toBe(0);
  for (const sandbox of sandboxes.values()) expect(sandbox.segment.accepted).toBeGreaterThan(0);
});
