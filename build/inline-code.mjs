import { build } from 'esbuild';
import { inlinedFiles } from './inlined-files.mjs';

const PREFIX = 'code:';

/**
 * Lets `import code from 'code:PATH'` give an entry point as the text of one CommonJS module, built like what
 * imports it, with everything that it imports. PATH counts from the root.
 */
export const inlineCode = {
  name: 'inline-code',
  setup({ onResolve, onLoad, initialOptions }) {
    onResolve({ filter: /^code:/ }, ({ path }) => ({ path: path.slice(PREFIX.length), namespace: 'code' }));
    onLoad({ filter: /.*/, namespace: 'code' }, async ({ path }) => {
      const { outputFiles, metafile } = await build({
        ...initialOptions,
        entryPoints: [path],
        footer: {},
        write: false,
        metafile: true,
      });
      for (const file of Object.keys(metafile.inputs)) inlinedFiles.add(file);
      return { contents: outputFiles[0].text, loader: 'text' };
    });
  },
};
