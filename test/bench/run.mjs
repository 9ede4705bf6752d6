// Builds the bench, which is written in TypeScript like everything else, and runs it.
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const processes = (await readdir(new URL('processes', import.meta.url))).map(
  (name) => `test/bench/processes/${name}`,
);

/** What starts PostgreSQL finds its files beside itself, wherever it is bundled into. */
const besidePostgres = {
  name: 'beside-postgres',
  setup: ({ onLoad }) => {
    onLoad({ filter: /test\/postgres\/[\w-]+\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const url = JSON.stringify(pathToFileURL(path).href);
      return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' };
    });
  },
};

await build({
  plugins: [besidePostgres],
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
