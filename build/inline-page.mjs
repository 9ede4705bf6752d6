import { build } from 'esbuild';

const PREFIX = 'inline:';

/** Paths of the files that the inlined pages were built from, counted from the root. */
export const inlinedFiles = new Set();

/**
 * Lets `import page from 'inline:PATH'` give the browser code of an entry point as `{ script, style }`: built,
 * minified, with everything that it imports, ready to be put into an HTML page: esbuild writes what would
 * end a `<script>` or `<style>` in another way. PATH counts from the root.
 */
export const inlinePage = {
  name: 'inline-page',
  setup({ onResolve, onLoad, initialOptions }) {
    const root = initialOptions.absWorkingDir;
    onResolve({ filter: /^inline:/ }, ({ path }) => ({
      path: path.slice(PREFIX.length),
      namespace: 'inline',
    }));
    onLoad({ filter: /.*/, namespace: 'inline' }, async ({ path }) => {
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
      const text = (extension) =>
        outputFiles.find((file) => file.path.endsWith(extension))?.text.trimEnd() ?? '';
      return {
        contents: JSON.stringify({ script: text('.js'), style: text('.css') }),
        loader: 'json',
      };
    });
  },
};
