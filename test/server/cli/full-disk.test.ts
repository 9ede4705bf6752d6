import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../sandbox/open-sandbox';
import { dashboardClient } from './dashboard-client';
import { startProcess } from './start-process';

/** Blocks of 1 KB that a file may have: enough for a start, and for the history of a few runs. */
const LARGEST_FILE = 6;
/** A process that may write no larger file, whoever runs it, and is told so as a full disk tells it. */
const limitedTo = (blocks: number) => ['bash', '-c', `ulimit -S -f ${blocks}; exec "$@"`, 'bash'];
const SENTENCE =
  /Nothing can be stored in \S*data: .*\(EFBIG\)\. Free space there.*; the next run resumes from its checkpoint\./;

async function openTenant() {
  const start = Date.now() - 100_000;
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 100, users: 20, start }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  return { sandbox, env };
}

test('a disk that is full while the host runs: a sentence, a health of 503 and one Slack message, until it has room', async () => {
  const { sandbox, env } = await openTenant();
  const { says, out, err, child, exit, folder } = await startProcess(['start', '--schedule', '0 0 0 1 1 *'], {
    env,
    through: limitedTo(LARGEST_FILE),
  });
  const [, url = ''] = await says(/Dashboard +(http:\S+)[\s\S]*Next run/);
  const client = await dashboardClient(url);
  const health = async () => {
    const response = await fetch(`${url}/healthz`);
    return { status: response.status, body: await response.text() };
  };
  const runs = async () => (await client.state()).executions.length;
  const toHttpError = () => sandbox.slack.messages.filter(({ text }) => SENTENCE.test(String(text)));
  expect(await health()).toMatchObject({ status: 200 });

  await expect
    .poll(
      async () => {
        await client.post('/api/job/run', {});
        return (await health()).status;
      },
      { timeout: 60_000, interval: 200 },
    )
    .toBe(503);
  expect((await health()).body).toMatch(/"reason":"Nothing can be stored: .*\(EFBIG\)/);
  // No folder is named to whoever may ask.
  expect((await health()).body).not.toContain(folder);
  await expect.poll(() => toHttpError().length, { timeout: 10_000 }).toBe(1);

  const before = await runs();
  for (let more = 0; more < 3; more += 1) {
    expect(await client.post('/api/job/run', {})).toBe(202);
    await expect.poll(async () => (await client.state()).installed?.isRunning).toBe(false);
  }
  await expect.poll(() => out() + err()).toMatch(SENTENCE);
  expect(await runs()).toBe(before);
  expect(toHttpError()).toHaveLength(1);

  // A history that is forgotten needs less room.
  const uninstalled = await client.post('/api/uninstall', { keepState: false, deleteApplication: false });
  expect(uninstalled).toBe(204);
  expect(await health()).toMatchObject({ status: 200 });
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
}, 120_000);

test('a disk that is full when a command wants to run: the sentence, Slack and 1, and no log is lost', async () => {
  const { sandbox, env } = await openTenant();
  const full = await startProcess(['run'], {
    env,
    through: limitedTo(0),
  });
  expect(await full.exit).toBe(1);
  expect(full.err()).toMatch(SENTENCE);
  expect(full.err()).not.toMatch(/\n +at /);
  expect(sandbox.slack.messages).toEqual([{ text: expect.stringMatching(SENTENCE) }]);
  expect(sandbox.segment.accepted).toBe(0);
  const next = await startProcess(['run'], { env, folder: full.folder });
  expect(await next.exit).toBe(0);
  expect(JSON.parse(next.out()).status.logsRead).toBe(100);
});
