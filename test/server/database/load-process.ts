import { createRequire } from 'node:module';
import { openDatabase } from '../../../server/database/open-database';
import { systemClock } from '../../../src/time';

// A process of its own, in which no package is loaded before. Arguments: the folder, and the URL. Prints the name of
// the database or why it can't be opened, and the database packages that are loaded then.
const [folder = '', url = ''] = process.argv.slice(2);
const outcome = await openDatabase({ folder, url, clock: systemClock }).then(
  async (database) => {
    await database.close();
    return database.name;
  },
  (error: unknown) => String(error),
);
const paths = Object.keys(createRequire(import.meta.url).cache);
const loaded = ['libsql', 'pg', 'pg-boss'].filter((name) =>
  paths.some((path) => path.includes(`/node_modules/${name}/`)),
);
console.log(JSON.stringify({ outcome, loaded }));
