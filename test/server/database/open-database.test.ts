import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../server/database/open-database';
import { systemClock } from '../../../src/time';
import { temporaryFolder } from '../../support/temporary-folder';

const loaded = () =>
  ['libsql', 'pg', 'pg-boss'].filter((name) =>
    Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes(`/node_modules/${name}/`)),
  );

test('without a URL everything is in a file, and nothing for PostgreSQL is loaded; with one it is', async () => {
  const folder = await temporaryFolder();
  const database = await openDatabase({ folder, url: '', clock: systemClock });
  expect(database.name).toBe(`${folder}/exporter.db`);
  await database.close();
  expect(loaded()).toEqual(['libsql']);
  const open = openDatabase({ folder, url: 'postgres://127.0.0.1/', clock: systemClock });
  await expect(open).rejects.toThrow('DATABASE_URL names no database');
  expect(loaded()).toContain('pg');
});
