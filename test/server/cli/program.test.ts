import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openTestPostgres } from '../../support/postgres';
import { openSandbox } from '../sandbox/open-sandbox';
import { runProcess, startProcess } from './start-process';

const COUNT = 50;

async function openTenant() {
  const start = Date.now() - COUNT * 1000;
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: COUNT, users: 5, start }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  return { sandbox, env };
}

test('the program passes arguments, environment, both outputs and the exit code of run, status, replay, check and preview', async () => {
  const { sandbox, env } = await openTenant();
  const preview = await runProcess(['preview', '--json'], { env });
  expect(preview).toMatchObject({ code: 0, out: expect.stringContaining('"type":"track"') });
  const { folder } = preview;
  const run = await runProcess(['run'], { env, folder });
  expect(run).toMatchObject({ code: 0, err: expect.stringMatching(/Events sent +Segment accepted/) });
  expect(JSON.parse(run.out)).toMatchObject({ status: { logsRead: COUNT } });
  expect(await runProcess(['status'], { env, folder })).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/State +Caught up/),
  });
  const from = sandbox.tenant.logAt(0).log_id;
  expect(await runProcess(['replay', '--from', from, '--dry-run'], { env, folder })).toMatchObject({
    code: 0,
    out: expect.stringContaining('"type":"track"'),
  });
  const wrong = { ...env, AUTH0_CLIENT_SECRET: 'wrong-secret-1' };
  expect(await runProcess(['check'], { env: wrong, folder })).toMatchObject({
    code: 1,
    out: expect.stringMatching(/Failed +Token: /),
  });
  expect(await runProcess(['check', 'nobody'], { env, folder })).toMatchObject({
    code: 78,
    out: '',
    err: expect.stringContaining('There is no tenant "nobody"'),
  });
});

test('the program passes standard input to setup and tenants, and resolves paths in its working directory', async () => {
  const { sandbox } = await openTenant();
  const { tenant, segment } = sandbox;
  const setup = await runProcess(
    ['setup', 'acme', '--domain', tenant.domain, '--segment-endpoint', segment.url],
    { input: `${tenant.issueToken()}\n${segment.writeKey}\n` },
  );
  expect(setup).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/Export now with: node \S+build\/out\/cli\.mjs run acme\n/),
  });
  const { folder } = setup;
  const set = ['tenants', 'set', 'acme', '--segment-key'];
  const file = await runProcess([...set, 'file:key.txt', '--json'], { folder });
  expect(JSON.parse(file.out).settings.SEGMENT_KEY).toBe(`file:${join(folder, 'key.txt')}`);
  const typed = await runProcess([...set, '-'], { folder, input: `${segment.writeKey}\n` });
  expect(typed).toMatchObject({ code: 0, err: '', out: 'Changed tenant acme: SEGMENT_KEY.\n' });
  const rekeyed = await runProcess(['tenants', 'rekey', '--json'], { folder });
  expect(JSON.parse(rekeyed.out)).toEqual({ resealed: 1, keys: 'data/encryption.key' });
});

test('the program migrates PostgreSQL, and reports success', async () => {
  const { url } = await openTestPostgres();
  const env = { DATABASE_URL: url, ENCRYPTION_KEY: randomBytes(32).toString('base64') };
  expect(await runProcess(['database', 'migrate'], { env })).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/^The database .* has the tables of version/),
  });
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s makes start and run stop by themselves', async (signal) => {
  const { sandbox, env } = await openTenant();
  const host = await startProcess(['start', '--no-sandbox'], { env: { SCHEDULE: '0 0 0 1 1 *' } });
  await host.prints(/Ctrl-C stops/);
  host.child.kill(signal);
  // A process that doesn't stop by itself is cut off with 1.
  expect([await host.exit, host.err()]).toEqual([0, '']);

  sandbox.tenant.faults.add({ endpoint: 'logs', times: Infinity, fault: { kind: 'delay', ms: 500 } });
  const run = await startProcess(['run', '--drain'], { env: { ...env, BATCH_SIZE: '1' } });
  await expect.poll(() => sandbox.tenant.requests.logs).toBeGreaterThan(0);
  run.child.kill(signal);
  expect(await run.exit).toBe(75);
});

test('a second SIGINT ends the program at once', async () => {
  const { sandbox, env } = await openTenant();
  sandbox.tenant.faults.add({ endpoint: 'logs', times: Infinity, fault: { kind: 'hang' } });
  const run = await startProcess(['run'], { env });
  await expect.poll(() => sandbox.tenant.requests.logs).toBeGreaterThan(0);
  run.child.kill('SIGINT');
  const isEnded = () => {
    run.child.kill('SIGINT');
    return run.child.exitCode;
  };
  await expect.poll(isEnded).toBe(1);
});

test('a reader that closes standard output ends the program with 0', async () => {
  const run = await startProcess(['--help']);
  run.child.stdout.destroy();
  const [code] = await once(run.child, 'exit');
  expect([code, run.err()]).toEqual([0, '']);
});
