import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../../server/database/open-database';
import { describeRunStore } from '../../../storage/run-store-contract';
import { makeTenant } from '../open-test-database';

describeRunStore('SQLite', async (clock) => {
  const folder = await mkdtemp(join(tmpdir(), 'logs-to-segment-'));
  // Two processes have a connection each.
  const here = await openDatabase({ folder, clock });
  const there = await openDatabase({ folder, clock });
  const tenant = makeTenant('acme');
  await here.tenants.add(tenant);
  let opened = 0;
  return {
    open: (options) => {
      opened += 1;
      return (opened % 2 === 0 ? here : there).storeOf(tenant.id)(options);
    },
    close: async () => {
      await here.close();
      await there.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
