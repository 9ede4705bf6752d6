import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

/** How a file is built that Node runs as a process of its own, inside the project so that it finds its packages. */
export const processOptions: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  logLevel: 'warning',
};

/**
 * Builds a TypeScript file into one that Node runs as a process of its own.
 *
 * @param source of the entry point
 * @returns the path of the built file, inside the project so that it finds its packages
 */
export async function buildProcess(source: URL): Promise<string> {
  const name = source.pathname.split('/').at(-1)?.replace(/\.ts$/, '.mjs') ?? 'process.mjs';
  const outfile = fileURLToPath(new URL(`../../build/out/test/${name}`, import.meta.url));
  await build({
    entryPoints: [fileURLToPath(source)],
    outfile,
    ...processOptions,
  });
  return outfile;
}
