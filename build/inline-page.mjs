import { build } from 'esbuild';

const PREFIX = 'inline:';

/** Paths of the files that the inlined pages were built from, relative to the root. */
export const inlinedFiles = new Set();

/**
 * Builds the browser code of an entry point, minified, with everything that it imports. esbuild escapes what would end
 * a `<script>` or a `<style>`, so the result can be put into an HTML page.
 *
 * @param {string} root absolute path of the project
 * @param {string} path of the entry point, relative to the root
 * @returns {Promise<string>} JSON: `{ script, style }`
 */
async function buildPage(root, path) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [path],
    outfile: 'page.js',
    write: false,
    metafile: true,
    bundle: true,
    platform: 'browser',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    format: 'iife',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  for (const file of Object.keys(metafile.inputs)) inlinedFiles.add(file);
  const text = (extension) => outputFiles.find((file) => file.path.endsWith(extension))?.text.trimEnd() ?? '';
  return JSON.stringify({ script: text('.js'), style: text('.css') });
}

/** Makes esbuild resolve `import page from 'inline:PATH'` to the built page. */
export const inlinePage = {
  name: 'inline-page',
  setup({ onResolve, onLoad, initialOptions }) {
    const root = initialOptions.absWorkingDir;
    onResolve({ filter: /^inline:/ }, ({ path }) => ({
      path: path.slice(PREFIX.length),
      namespace: 'inline',
    }));
    onLoad({ filter: /.*/, namespace: 'inline' }, async ({ path }) => ({
      contents: await buildPage(root, path),
      loader: 'json',
    }));
  },
};

/** Does the same for Vitest, which builds each page once for all tests. */
export function inlinePageForVitest(root) {
  return {
    name: 'inline-page',
    enforce: 'pre',
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : undefined),
    load: async (id) =>
      id.startsWith(`\0${PREFIX}`)
        ? `export default ${await buildPage(root, id.slice(PREFIX.length + 1))};`
        : undefined,
  };
}
