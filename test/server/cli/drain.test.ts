import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { temporaryFolder } from '../../support/temporary-folder';
import { openSandbox } from '../sandbox/open-sandbox';

/** Of util-linux: runs a command on a terminal of its own. */
const SCRIPT = '/usr/bin/script';
const COUNT = 20_000;
const cli = fileURLToPath(new URL('../../../build/out/cli.mjs', import.meta.url));

test.skipIf(!existsSync(SCRIPT))(
  `a drain of ${COUNT} logs on a terminal: the bar goes from left to right, and its figures with it`,
  async () => {
    const folder = await temporaryFolder();
    const start = Date.now() - COUNT * 1000;
    const sandbox = await openSandbox({
      tenant: { logs: generateLogs({ count: COUNT, users: 1000, start }) },
      segment: { keep: 'ids' },
    });
    const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
    const onTerminal = (columns: number, typed: string) => {
      const command = `stty cols ${columns}; ${process.execPath} ${cli} ${typed}`;
      const child = spawn(SCRIPT, ['-qec', command, '/dev/null'], {
        cwd: folder,
        env: { PATH: process.env.PATH ?? '', TERM: 'xterm-256color', ALLOW_PRIVATE_HOSTS: 'true', ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      return text(child.stdout);
    };
    const out = await onTerminal(110, 'run --drain 2>&1 >/dev/null');
    const frames = [
      ...out.matchAll(
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
    expect(frames.at(-1)?.slice(2, 4)).toEqual(['100', '20,000']);
    expect(out).toContain('Nothing is left.');
    expect(sandbox.segment.ids('track').size).toBe(
      [...sandbox.tenant.selectedLogs()].filter(({ user_id }) => user_id).length,
    );
    // A person who sees both is told once, in lines that a narrow terminal shows whole.
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[[\\d;?]*[a-zA-Z]`, 'g');
    const once = (await onTerminal(60, 'run')).replace(escapes, '');
    expect(once).toMatch(/Exporting from .*\r\n +Logs read +none: nothing was new/);
    expect(once).not.toContain('{"status"');
    expect(Math.max(...once.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(70);
  },
  120_000,
);
