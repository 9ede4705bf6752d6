// Builds what starts the webtask, which is written in TypeScript like everything else, and runs it.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

await build({
  absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
  entryPoints: { webtask: 'test/webtask/main.ts' },
  outdir: 'build/out',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
});
await import('../../build/out/webtask.mjs');
