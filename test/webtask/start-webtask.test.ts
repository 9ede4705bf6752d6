import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const program = fileURLToPath(new URL('./run.mjs', import.meta.url));

/** Starts it, and answers its lines as they come. */
function start(...args: string[]) {
  const child = spawn(process.execPath, ['--no-warnings', program, '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, lines: createInterface({ input: child.stdout }) };
}

test('npm run start:webtask shows the page and the runs that the schedule triggers, until Ctrl-C', async () => {
  const { child, lines } = start('--schedule', '* * * * * *');
  let url = '';
  const runs: string[] = [];
  for await (const line of lines) {
    url ||= /Page +(http:\S+)/.exec(line)?.[1] ?? '';
    if (/^\d\d:\d\d:\d\d {2}\d{3} /.test(line)) runs.push(line);
    if (runs.length > 1) break;
  }
  expect(runs[0]).toMatch(/ 200 {2}Succeeded: 50\d logs read, 2\d\d events sent/);
  expect(runs[1]).toMatch(/ 200 {2}/);

  // The page is for administrators: it leads to where they sign in.
  const page = await fetch(url);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('Sign in as ada@example.com');
  // No link of it leads out of the sandbox.
  const dashboard = await fetch(new URL('/', page.url));
  expect(await dashboard.text()).toContain('There is none in the sandbox');

  const exit = once(child, 'exit');
  child.kill('SIGINT');
  expect((await exit)[0]).toBe(0);
});

test('a port that is in use is named, with what to do', async () => {
  const { lines } = start();
  let url = '';
  for await (const line of lines) {
    url = /Page +(http:\S+)/.exec(line)?.[1] ?? '';
    if (url) break;
  }
  const second = spawn(process.execPath, ['--no-warnings', program, '--port', new URL(url).port]);
  let err = '';
  second.stderr.on('data', (chunk) => {
    err += String(chunk);
  });
  const [code] = await once(second, 'close');
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(/Port \d+ cannot be used .*Name another one: --port 0/),
  ]);
});
