// Builds the bench, which is written in TypeScript like everything else, and runs it.
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const processes = (await readdir(new URL('processes', import.meta.url))).map(
  (name) => `test/bench/processes/${name}`,
);

await build({
  absWorkingDir: root,
  entryPoints: ['test/bench/bench.ts', ...processes],
  outbase: 'test/bench',
  outdir: 'build/out/bench',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'inline',
  logLevel: 'warning',
});
await import('../../build/out/bench/bench.mjs');
