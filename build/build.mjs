import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { inlineCode } from './inline-code.mjs';
import { inlinePage } from './inline-page.mjs';
import { inlinedFiles } from './inlined-files.mjs';
import { thirdPartyLicenses } from './third-party-licenses.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What the extension answers with; the whole registry is 150 KB. */
const MIME_TYPES = {
  'application/json': { extensions: ['json'], charset: 'UTF-8', compressible: true },
  'application/x-www-form-urlencoded': { compressible: true },
  'text/html': { extensions: ['html'], charset: 'UTF-8', compressible: true },
  'text/plain': { extensions: ['txt'], charset: 'UTF-8', compressible: true },
};

/** Leaves out tables that Express's dependencies carry for what the extension never takes or answers. */
const withoutTables = {
  name: 'without-tables',
  setup({ onLoad }) {
    // Encodings other than Unicode's, half a megabyte: bodies are UTF-8.
    onLoad({ filter: /iconv-lite\/encodings\/(dbcs-data|sbcs-data|sbcs-data-generated)\.js$/ }, () => ({
      contents: 'module.exports = {};',
    }));
    onLoad({ filter: /mime-db\/db\.json$/ }, () => ({
      contents: JSON.stringify(MIME_TYPES),
      loader: 'json',
    }));
  },
};

/** Spares the export what a dependency spends on something that is done already. */
const withoutWaste = {
  name: 'without-waste',
  setup({ onLoad }) {
    // Segment's client measures each call with a regular expression that counts letters i instead of bytes: a
    // twentieth of an export's processor time. The calls are measured before they come to it.
    onLoad(
      { filter: /analytics-node\/dist\/esm\/plugins\/segmentio\/context-batch\.js$/ },
      async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const measure = 'encodeURI(JSON.stringify(ctx.event)).split(/%..|i/).length';
        if (!source.includes(measure)) throw new Error(`${path} measures calls in another way than known.`);
        return { contents: source.replace(measure, '0') };
      },
    );
    // What auth0-extension-tools takes from Bluebird and Lodash on our way, the language has by now.
    onLoad({ filter: /bluebird\/js\/release\/bluebird\.js$/ }, () => ({
      contents: 'module.exports = Promise;',
    }));
    onLoad({ filter: /auth0-extension-tools\/src\/config\/configProvider\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const uses = source.match(/\b_\.\w+/g) ?? [];
      if (uses.some((use) => use !== '_.assign')) throw new Error(`${path} uses more of Lodash than known.`);
      return { contents: source.replace("require('lodash')", 'Object') };
    });
  },
};

/** The bundle: one file that the platform can load, the same bytes wherever it is built. */
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
  plugins: [withoutTables, withoutWaste, inlinePage, inlineCode],
});
await writeFile(
  new URL('third-party-licenses.txt', import.meta.url),
  await thirdPartyLicenses(root, [...Object.keys(metafile.inputs), ...inlinedFiles]),
);

/** The command line: it runs where the packages are installed, so they stay outside. */
await build({
  absWorkingDir: root,
  entryPoints: { cli: 'server/cli/main.ts' },
  outdir: 'build/out',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  banner: { js: '#!/usr/bin/env node' },
  logLevel: 'warning',
  plugins: [inlinePage],
});
