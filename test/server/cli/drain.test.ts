import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openSandbox } from '../sandbox/open-sandbox';
import { runInProcess } from './run-in-process';

/** From util-linux: runs a command on a terminal of its own. */
const SCRIPT = '/usr/bin/script';
const COUNT = 5_000;
const cli = fileURLToPath(new URL('../../../build/out/cli.mjs', import.meta.url));

/** Drains a tenant on a terminal of 110 columns. */
async function drainTenant(count: number) {
  const start = Date.now() - count * 1000;
  const sandbox = await openSandbox({
    tenant: { logs: generateLogs({ count, users: 1000, start }) },
    segment: { keep: 'ids' },
  });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  // The bar is drawn ten times a second at most.
  sandbox.tenant.faults.add({ endpoint: 'logs', times: Infinity, fault: { kind: 'delay', ms: 30 } });
  const drained = await runInProcess(['run', '--drain'], { env, columns: 110 });
  return { sandbox, env, drained };
}

test(`a drain of ${COUNT} logs on a terminal moves the bar and its figures from left to right`, async () => {
  const { sandbox, drained } = await drainTenant(COUNT);
  expect([drained.code, drained.out]).toEqual([0, '']);
  const frames = [
    ...drained.err.matchAll(
      /([█░]+) +(\d+)% {2}([\d,]+) logs, ([\d,]+) events, ([\d,]+) logs\/s, ([\w. ]+) behind, ([\w. ]+) left/g,
    ),
  ];
  expect(frames.length).toBeGreaterThan(3);
  const shares = frames.map(([, , share]) => Number(share));
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  for (const [frame, bar = ''] of frames) {
    expect(frame.length).toBeLessThanOrEqual(110);
    expect(bar).toMatch(/^█*░*$/);
  }
  expect(frames.at(-1)?.slice(2, 4)).toEqual(['100', '5,000']);
  expect(drained.err).toContain('Nothing is left.');
  expect(sandbox.segment.ids('track').size).toBe(
    [...sandbox.tenant.selectedLogs()].filter(({ user_id }) => user_id).length,
  );
});

test.skipIf(!existsSync(SCRIPT))(
  'run on a real terminal of 60 columns prints its result once, in lines that fit',
  async () => {
    const { env, drained } = await drainTenant(100);
    const child = spawn(SCRIPT, ['-qec', `stty cols 60; ${process.execPath} ${cli} run`, '/dev/null'], {
      cwd: drained.folder,
      env: { PATH: process.env.PATH ?? '', TERM: 'xterm-256color', ALLOW_PRIVATE_HOSTS: 'true', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const printed = stripVTControlCharacters(await text(child.stdout));
    expect(printed).toMatch(/Exporting from .*\r\n +Logs read +none: nothing was new/);
    expect(printed).not.toContain('{"status"');
    expect(Math.max(...printed.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(70);
  },
);
