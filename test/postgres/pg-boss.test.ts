import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startProcess } from '../server/cli/start-process';
import { node22 } from '../support/node-22';
import { openTestPostgres } from '../support/postgres';
import { temporaryFolder } from '../support/temporary-folder';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

test('npm ci warns of no package that this Node is too old for', async () => {
  const folder = await temporaryFolder();
  for (const name of ['package.json', 'package-lock.json']) await cp(join(root, name), join(folder, name));
  const options = ['--dry-run', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  expect((await run('npm', ['ci', ...options], { cwd: folder })).stderr).toBe('');
});

test('without pg-boss, PostgreSQL is refused with the remedy', async () => {
  const folder = await temporaryFolder();
  for (const name of ['cli.mjs', 'cli']) {
    await cp(join(root, 'build', 'out', name), join(folder, 'out', name), { recursive: true });
  }
  await mkdir(join(folder, 'node_modules'));
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name === 'pg-boss') continue;
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  const { url } = await openTestPostgres();
  const options = {
    env: { DATABASE_URL: url, ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64') },
    node: node22(),
    program: join(folder, 'out', 'cli.mjs'),
  };
  for (const args of [
    ['start', '--no-sandbox'],
    ['database', 'migrate'],
  ]) {
    const refused = await startProcess(args, options);
    expect([await refused.exit, refused.err()]).toEqual([
      78,
      'DATABASE_URL needs the package pg-boss, which is not installed. Run npm ci again with this Node: npm leaves the package out on a Node that is too old for it.\n',
    ]);
  }
  // Everything else works without it.
  const listed = await startProcess(['tenants', 'list'], options);
  expect([await listed.exit, listed.err()]).toEqual([0, '']);
});
