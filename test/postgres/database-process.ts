import * as v from 'valibot';
import { connect } from '../../server/database/postgres/connection';
import { migrate } from '../../server/database/postgres/migrations';
import { SCHEMA } from '../../server/database/postgres/schema';
import { systemClock } from '../../src/time';

// A process of its own that uses the database named by its first argument. It says in lines what it has done.
const [url = '', task] = process.argv.slice(2);
const connection = await connect({ url, places: 1, clock: systemClock });
try {
  if (task === 'migrate') {
    await migrate(connection);
    const [count] = await connection.query(
      v.object({ steps: v.number() }),
      `SELECT COUNT(*) AS steps FROM ${SCHEMA}.schema_versions`,
    );
    console.log(count?.steps);
  } else {
    let tries = 0;
    await connection.transaction(async ({ run }) => {
      tries += 1;
      await run('UPDATE public.counters SET n = n + 1');
      if (tries === 1) {
        console.log('holds the row');
        // Until it is told to go on, which may be long after the database has given up on it.
        await new Promise((resolve) => process.stdin.once('data', resolve));
      }
      await run('UPDATE public.counters SET n = n + 1');
    });
    console.log(`tries: ${tries}`);
  }
} finally {
  await connection.close();
  process.stdin.destroy();
}
