import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { processOptions } from '../../support/build-process';
import { temporaryFolder } from '../../support/temporary-folder';

const run = promisify(execFile);

test('opening a database without a URL loads nothing for PostgreSQL, and with one it does', async () => {
  const outdir = fileURLToPath(new URL('../../../build/out/test/load-database', import.meta.url));
  const entry = fileURLToPath(new URL('load-process.ts', import.meta.url));
  // In parts, each of which is loaded when it is imported.
  await build({
    entryPoints: [entry],
    outdir,
    ...processOptions,
    splitting: true,
    outExtension: { '.js': '.mjs' },
  });
  const program = join(outdir, 'load-process.mjs');
  const open = async (folder: string, url: string) =>
    JSON.parse((await run(process.execPath, [program, folder, url])).stdout);
  const folder = await temporaryFolder();
  expect(await open(folder, '')).toEqual({ outcome: `${folder}/exporter.db`, loaded: ['libsql'] });
  expect(await open(folder, 'postgres://127.0.0.1/')).toEqual({
    outcome: expect.stringContaining('DATABASE_URL names no database'),
    loaded: expect.arrayContaining(['pg']),
  });
});
