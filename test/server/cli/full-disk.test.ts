import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../sandbox/open-sandbox';
import { dashboardClient } from './dashboard-client';
import { lookInto } from './look-into';
import { runInProcess } from './run-in-process';
import { startProcess } from './start-process';

/** Blocks of 1 KB that a file may have: enough for a start, and for a few runs. */
const LARGEST_FILE = 400;
/** A process that may write no larger file, whoever runs it, and is told so as a full disk tells it. */
const limitedTo = (blocks: number) => ['bash', '-c', `ulimit -S -f ${blocks}; exec "$@"`, 'bash'];
/** Of util-linux: changes the limit of a process that runs. */
const PRLIMIT = '/usr/bin/prlimit';
const SENTENCE =
  /The database \S*exporter\.db cannot be used: .*\. Free space there.*; the next run resumes from its checkpoint\./;

async function openTenant() {
  const start = Date.now() - 100_000;
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 100, users: 20, start }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  return { sandbox, env };
}

test.skipIf(!existsSync(PRLIMIT))(
  'a host on a full disk names the cause, reports a health of 503 and one Slack message, and recovers when there is space',
  async () => {
    const { sandbox, env } = await openTenant();
    const { prints, out, err, child, stop, folder } = await startProcess(
      ['start', '--schedule', '0 0 0 1 1 *'],
      {
        env,
        through: limitedTo(LARGEST_FILE),
      },
    );
    const [, url = ''] = await prints(/Dashboard +(http:\S+)[\s\S]*Next run/);
    const client = await dashboardClient(url);
    const health = async () => {
      const response = await fetch(`${url}/healthz`);
      return { status: response.status, body: await response.text() };
    };
    const run = () => client.post('/api/tenants/default/run', {});
    const reported = () => sandbox.slack.messages.filter(({ text }) => SENTENCE.test(String(text)));
    expect(await health()).toMatchObject({ status: 200 });

    const isFull = async () => {
      await run();
      return (await health()).status;
    };
    await expect.poll(isFull).toBe(503);
    expect((await health()).body).toMatch(/"reason":"The database cannot be used: /);
    // No folder is named to whoever may ask.
    expect((await health()).body).not.toContain(folder);
    await expect.poll(() => reported().length).toBe(1);
    await expect.poll(() => out() + err()).toMatch(SENTENCE);

    const { accepted } = sandbox.segment;
    sandbox.tenant.addLogs([{ type: 's' }]);
    for (let more = 0; more < 3; more += 1) await run();
    expect(sandbox.segment.accepted).toBe(accepted);
    expect(reported()).toHaveLength(1);

    execFileSync(PRLIMIT, [`--pid=${child.pid}`, '--fsize=unlimited']);
    await expect.poll(async () => (await health()).status).toBe(200);
    // The lease of a run that could not give it up is over within 15 s.
    const isExported = async () => {
      await run();
      return sandbox.segment.accepted > accepted;
    };
    await expect.poll(isExported, { interval: 500 }).toBe(true);
    expect(await stop()).toBe(0);
  },
);

test('run on a full disk names the cause, exits with 1 and loses no log', async () => {
  const { sandbox, env } = await openTenant();
  const full = await startProcess(['run'], { env, through: limitedTo(0) });
  expect(await full.exit).toBe(1);
  expect(full.err()).toMatch(SENTENCE);
  expect(full.err()).not.toMatch(/\n +at /);
  expect(sandbox.segment.accepted).toBe(0);
  const next = await runInProcess(['run'], { env, folder: full.folder });
  expect(next.code).toBe(0);
  expect(JSON.parse(next.out).status.logsRead).toBe(100);
  expect((await lookInto(full.folder)).runs).toHaveLength(1);
});
