import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

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
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  return outfile;
}
