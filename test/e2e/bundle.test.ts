import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../server/sandbox/sandbox';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { deliveryGaps } from '../support/delivery-gaps';
import { nodeOf } from '../support/node-of';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const bundle = join(root, 'build/bundle.js');

test.each([20, 22])('the bundle runs in webtask-runtime on Node %d', async (major) => {
  const node = await nodeOf(major);
  if (!node)
    return expect(
      process.platform === 'linux' && process.env.CI,
      `Node ${major} could not be installed`,
    ).toBeFalsy();
  const sandbox = await startSandbox({ tenant: { logs: generateLogs({ count: 300, users: 40 }) } });
  onTestFinished(() => sandbox.close());
  const program = fileURLToPath(new URL('./run-in-runtime.cjs', import.meta.url));
  const { stdout } = await run(node, [program, bundle, JSON.stringify(sandbox.secrets())]);
  const answer = JSON.parse(stdout);
  expect(answer.node).toMatch(new RegExp(`^v${major}\\.`));
  expect(answer).toMatchObject({ statusCode: 200, body: { status: { logsRead: 300 } } });
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('the bundle needs no module that Node does not bring', async () => {
  const code = await readFile(bundle, 'utf8');
  const asked = [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name = '']) =>
    name.replace(/^node:/, ''),
  );
  expect(asked.length).toBeGreaterThan(5);
  const foreign = asked.filter((name) => !builtinModules.includes(name));
  // pino asks for these only where a transport in a thread of its own is configured.
  expect(
    foreign.filter((name) => !['pino-worker', 'pino-file', 'thread-stream-worker'].includes(name)),
  ).toEqual([]);
});

test('what is bundled is what the packages hold: the build answers for no file of a package', async () => {
  const build = await readFile(join(root, 'build/build.mjs'), 'utf8');
  const page = await readFile(join(root, 'build/inline-page.mjs'), 'utf8');
  expect(build.match(/plugins: .*/g)).toEqual(['plugins: [inlinePage],', 'plugins: [inlinePage],']);
  expect(build).not.toMatch(/onLoad|alias|inject|define/);
  expect(page.match(/onLoad\(.*/g)).toEqual([expect.stringContaining("namespace: 'inline'")]);
});

test('the bundle is at most 2 MB', async () => {
  expect((await stat(bundle)).size).toBeLessThanOrEqual(2 * 1024 * 1024);
});

test('the bundle is the same bytes wherever it is built', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'build-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const part of ['src', 'server', 'build', 'package.json', 'webtask.json', 'tsconfig.json'])
    await cp(join(root, part), join(folder, part), {
      recursive: true,
      filter: (source) => !source.includes('/build/out'),
    });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await run(process.execPath, [join(folder, 'build/build.mjs')]);
  expect((await readFile(join(folder, 'build/bundle.js'))).equals(await readFile(bundle))).toBe(true);
});
