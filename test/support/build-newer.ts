import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { Migration } from '../../server/database/postgres/schema';
import { processOptions } from './build-process';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Builds the command line as a newer version has it: the same sources, whose schema has more migrations.
 *
 * @param name of the file, for this test alone
 * @returns its path, beside the command line itself
 */
export async function buildNewer(name: string, migrations: readonly Migration[]): Promise<string> {
  const { inlinePage }: { inlinePage: Plugin } = await import(`${root}/build/inline-page.mjs`);
  const moreMigrations: Plugin = {
    name: 'more-migrations',
    setup: ({ onLoad }) => {
      onLoad({ filter: /server\/database\/postgres\/schema\.ts$/ }, async ({ path }) => ({
        loader: 'ts',
        contents: `${await readFile(path, 'utf8')}\n(MIGRATIONS as Migration[]).push(...${JSON.stringify(migrations)});`,
      }));
    },
  };
  const outfile = `${root}/build/out/${name}.mjs`;
  await build({
    absWorkingDir: root,
    entryPoints: ['server/cli/main.ts'],
    outfile,
    ...processOptions,
    plugins: [inlinePage, moreMigrations],
  });
  return outfile;
}
