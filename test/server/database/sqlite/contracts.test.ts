import Libsql from 'libsql';
import { expect, test } from 'vitest';
import { connect } from '../../../../server/database/sqlite/connection';
import { prune } from '../../../../server/database/sqlite/prune';
import { temporaryFolder } from '../../../support/temporary-folder';
import { describeMeta } from '../meta-contract';
import { makeTenant, NOON, openTestDatabase } from '../open-test-database';
import { describeOverview } from '../overview-contract';
import type { Place } from '../place';
import { describeProcesses } from '../processes-contract';
import { describePrune } from '../prune-contract';
import { describeRunNotes } from '../run-notes-contract';
import { describeTenants } from '../tenants-contract';

async function openPlace(): Promise<Place> {
  const folder = await temporaryFolder();
  const { name: path } = await openTestDatabase({ folder });
  return {
    address: folder,
    open: () => openTestDatabase({ folder }),
    exec: async (sql) => {
      const file = new Libsql(path);
      const statement = file.prepare(sql);
      const rows: unknown[] = sql.startsWith('SELECT') ? statement.all({}) : [statement.run({})];
      file.close();
      return rows;
    },
    prune: async (limits) => {
      const connection = connect(path, () => {});
      const dropped = await prune(connection, NOON, limits, () => false);
      connection.close();
      return dropped;
    },
  };
}

describeTenants('tenants in SQLite', openPlace);
describeRunNotes('runs by their ids in SQLite', openPlace);
describeOverview('the overview in SQLite', openPlace);
describePrune('pruning SQLite', openPlace);
describeProcesses('processes that use SQLite', openPlace);
describeMeta('small texts in SQLite', openPlace);

test('a process does not take its own changes for those of another', async () => {
  const { changes, tenants } = await openTestDatabase();
  const before = await changes();
  await tenants.add(makeTenant('mine'));
  expect(await changes()).toEqual(before);
});
