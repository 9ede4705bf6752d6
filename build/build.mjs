import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { inlinedFiles, inlinePage } from './inline-page.mjs';
import { thirdPartyLicenses } from './third-party-licenses.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * The bundle: one file that the platform can load, the same bytes wherever it is built. It holds what the lockfile
 * says, as it is. What is imported with `import()` becomes a function in it that is called when it is first asked for.
 */
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['build/entry.ts'],
  outfile: 'build/bundle.js',
  // Names are given by the order of paths: they must not lead out of the project.
  preserveSymlinks: true,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  footer: { js: 'module.exports = module.exports.default;' },
  logLevel: 'warning',
  metafile: true,
  plugins: [inlinePage],
});
await writeFile(
  new URL('third-party-licenses.txt', import.meta.url),
  await thirdPartyLicenses(root, [...Object.keys(metafile.inputs), ...inlinedFiles]),
);

/**
 * The command line: it runs where the packages are installed, so they stay outside, but for two that come in hundreds
 * of files: finding and reading these took half the time in which a command answers. What is imported with `import()`,
 * as each command, is in files beside it that are loaded when they are first asked for.
 */
const inside = new Set(['auth0', 'jose']);
const { dependencies, optionalDependencies } = JSON.parse(
  await readFile(new URL('../package.json', import.meta.url), 'utf8'),
);
await rm(new URL('out/cli', import.meta.url), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { cli: 'server/cli/main.ts' },
  outdir: 'build/out',
  outExtension: { '.js': '.mjs' },
  splitting: true,
  chunkNames: 'cli/[name]-[hash]',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !inside.has(name)),
  banner: { js: '#!/usr/bin/env node' },
  logLevel: 'warning',
  plugins: [inlinePage],
});
