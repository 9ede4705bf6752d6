import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder';
import { runInProcess, startCommand } from './run-in-process';
import type { RunningCommand } from './running-command';

interface PrintedSandbox {
  domain: string;
  endpoint: string;
  writeKey: string;
  token: string;
}

/** Returns what the sandbox prints for a setup. */
async function printedBy({ prints }: RunningCommand): Promise<PrintedSandbox> {
  const [, domain = '', endpoint = '', writeKey = '', token = ''] = await prints(
    /Domain +(\S+)\n +Segment endpoint +(\S+)\n +Segment write key +(\S+)\n +Management API token\s+(\S+)\n/,
  );
  await prints(/Ctrl-C stops\./);
  return { domain, endpoint, writeKey, token };
}

const setUp = (folder: string, { domain, endpoint, writeKey, token }: PrintedSandbox) =>
  runInProcess(['setup', 'acme', '--domain', domain, '--segment-endpoint', endpoint], {
    folder,
    input: `${token}\n${writeKey}\n`,
  });

test('a tenant that setup stored with what the sandbox prints is exported, also after the sandbox restarted', async () => {
  const folder = await temporaryFolder();
  const first = await startCommand(['start'], { folder });
  const printed = await printedBy(first);
  const setup = await setUp(folder, printed);
  expect([setup.code, setup.err]).toEqual([0, '']);
  expect((await runInProcess(['run', 'acme', '--drain'], { folder })).code).toBe(0);
  await first.stop();

  const plain = await startCommand(['start'], { folder });
  await plain.prints(
    /The sandbox isn't running, because a tenant is configured\. Start it with: .* start --sandbox\n/,
  );
  await plain.stop();

  const again = await startCommand(['start', '--sandbox'], { folder });
  expect(await printedBy(again)).toMatchObject({ domain: printed.domain, endpoint: printed.endpoint });
  const run = await runInProcess(['run', 'acme'], { folder });
  expect([run.code, JSON.parse(run.out)]).toEqual([
    0,
    expect.objectContaining({ status: expect.anything() }),
  ]);
});

test('a tenant that is installed in the sandbox follows it to another port', async () => {
  const folder = await temporaryFolder();
  const DATA_DIR = join(folder, 'data', 'sandbox');
  const first = await startCommand(['start'], { folder });
  const printed = await printedBy(first);
  await first.stop();
  const added = await runInProcess(
    [
      ...['tenants', 'add', 'acme', '--auth0-domain', printed.domain],
      ...['--auth0-client-id', 'sandboxExporterClientId', '--auth0-client-secret', '-', '--segment-key', '-'],
    ],
    { folder, env: { DATA_DIR }, input: `sandbox-client-secret-M3tz0Qw8\n${printed.writeKey}\n` },
  );
  expect([added.code, added.err]).toEqual([0, '']);

  const other = createServer();
  await new Promise<void>((resolve) =>
    other.listen(Number(printed.domain.split(':')[1]), '127.0.0.1', resolve),
  );
  onTestFinished(() => {
    other.close();
  });
  const again = await startCommand(['start'], { folder });
  const moved = await printedBy(again);
  expect(moved.domain).not.toBe(printed.domain);
  expect(again.out()).toContain(`The port of ${printed.domain} is in use by another program`);
  await again.prints(/acme {2}Succeeded: .* events sent/);
});

test('a second start of the same sandbox is refused and leaves the first as it is', async () => {
  const folder = await temporaryFolder();
  const first = await startCommand(['start'], { folder });
  const printed = await printedBy(first);
  const second = await runInProcess(['start'], { folder });
  expect([second.code, second.err]).toEqual([
    1,
    expect.stringMatching(/The sandbox in \S+ is running already, in process \d+\. Stop that process first/),
  ]);
  await first.stop();
  expect((await printedBy(await startCommand(['start'], { folder }))).domain).toBe(printed.domain);
});

test('the sandbox uses neither the database nor the tenants that are exported for real', async () => {
  const { prints, out } = await startCommand(['start', '--sandbox'], {
    env: {
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      TENANTS_FILE: '/nowhere/tenants.yaml',
      AUTH0_DOMAIN: 'example.eu.auth0.com',
    },
  });
  await prints(/Ctrl-C stops\./);
  expect(out()).toMatch(/Sandbox +an Auth0 tenant/);
});
