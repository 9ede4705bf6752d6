import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Migration } from '../../server/database/postgres/schema';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Builds the command line as a newer version has it: the same sources, whose schema has more migrations. It has no
 * pages, so that it is one for workers alone.
 *
 * @param name of the file, for this test alone
 * @returns its path, beside the command line itself
 */
export async function buildNewer(name: string, migrations: readonly Migration[]): Promise<string> {
  const outfile = `${root}build/out/test/${name}.mjs`;
  await build({
    absWorkingDir: root,
    entryPoints: ['server/cli/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
    plugins: [
      {
        name: 'newer',
        setup: ({ onLoad, onResolve }) => {
          onLoad({ filter: /\/server\/database\/postgres\/schema\.ts$/ }, async ({ path }) => ({
            loader: 'ts',
            contents: `${await readFile(path, 'utf8')}\n(MIGRATIONS as Migration[]).push(...${JSON.stringify(migrations)});`,
          }));
          onResolve({ filter: /^inline:/ }, ({ path }) => ({ path, namespace: 'page' }));
          onLoad({ filter: /.*/, namespace: 'page' }, () => ({
            loader: 'json',
            contents: '{"script":"","style":""}',
          }));
        },
      },
    ],
  });
  return outfile;
}
