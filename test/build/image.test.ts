import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

const dockerfile = await readFile(join(root, 'deploy/Dockerfile'), 'utf8');
const ignored = (await readFile(join(root, 'deploy/Dockerfile.dockerignore'), 'utf8'))
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
/** What the builder is sent, and nothing besides. */
const sent = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));

test('the production tree has neither pug nor core-js', async () => {
  const { stdout } = await run('npm', ['ls', '--omit=dev', '--all', '--parseable'], { cwd: root });
  const names = stdout.split('\n').map((path) => path.split('/node_modules/').at(-1) ?? '');
  expect(names).toContain('express');
  expect(names.filter((name) => /^(pug|core-js|babel-runtime|auth0-extension-tools)/.test(name))).toEqual([]);
});

test('the builder is sent no data, no config.json and no environment file', () => {
  expect(ignored[0]).toBe('*');
  expect(sent).toEqual([
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'webtask.json',
    'build',
    'server',
    'src',
  ]);
  expect(ignored).toEqual(expect.arrayContaining(['**/config.json', '**/data', '**/*.env', '**/.env*']));
});

test('what the builder is sent is enough to build', async () => {
  const context = await temporaryFolder();
  for (const path of sent) {
    await cp(join(root, path), join(context, path), {
      recursive: true,
      filter: (source) => !source.startsWith(join(root, 'build/out')),
    });
  }
  await mkdir(join(context, 'build/out'), { recursive: true });
  await symlink(join(root, 'node_modules'), join(context, 'node_modules'));
  await run('node', ['build/build.mjs'], { cwd: context });
  const { stdout } = await run('node', ['build/out/cli.mjs', '--version'], { cwd: context });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('the image is built on an exact version, from named files alone, and runs no script of a package', () => {
  const bases = dockerfile.match(/^FROM .*/gm) ?? [];
  expect(bases).toHaveLength(2);
  for (const base of bases) expect(base).toMatch(/^FROM node:\d+\.\d+\.\d+-bookworm-slim( AS build)?$/);
  const installs = dockerfile.match(/^RUN npm ci.*/gm) ?? [];
  expect(installs).toHaveLength(2);
  for (const install of installs) expect(install).toContain('--ignore-scripts');
  const copied = (dockerfile.match(/^COPY (?!--from).*/gm) ?? []).flatMap((line) =>
    line.split(' ').slice(1, -1),
  );
  expect(copied.length).toBeGreaterThan(0);
  for (const path of copied) expect(sent).toContain(path);
});
