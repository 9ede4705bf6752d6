import { afterAll, beforeAll } from 'vitest';
import { connect } from '../../../../server/database/postgres/connection';
import { prune } from '../../../../server/database/postgres/prune';
import { systemClock } from '../../../../src/time';
import { describeMeta } from '../meta-contract';
import { describeOverview } from '../overview-contract';
import type { Place } from '../place';
import { describeProcesses } from '../processes-contract';
import { describePrune } from '../prune-contract';
import { describeRunNotes } from '../run-notes-contract';
import { describeTenants } from '../tenants-contract';
import { makeTestPostgres, type TestPostgres } from './open-test-postgres';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await makeTestPostgres(afterAll);
});

async function openPlace(): Promise<Place> {
  await postgres.empty();
  return {
    address: postgres.url,
    open: () => postgres.open(),
    exec: postgres.exec,
    prune: async (limits) => {
      const connection = await connect({ url: postgres.url, places: 1, clock: systemClock });
      const dropped = await prune(connection, limits, () => false);
      await connection.close();
      return dropped;
    },
  };
}

describeTenants('tenants in PostgreSQL', openPlace);
describeRunNotes('runs by their ids in PostgreSQL', openPlace);
describeOverview('the overview in PostgreSQL', openPlace);
describePrune('pruning PostgreSQL', openPlace);
describeProcesses('processes that use PostgreSQL', openPlace);
describeMeta('small texts in PostgreSQL', openPlace);
