import { afterAll, beforeAll } from 'vitest';
import type { OpenRunStore } from '../../../../src/storage/run-store';
import { describeRunStore } from '../../../storage/run-store-contract';
import { makeTenant } from '../open-test-database';
import { makeTestPostgres, type TestPostgres } from './open-test-postgres';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await makeTestPostgres(afterAll);
});

describeRunStore('PostgreSQL', async (clock) => {
  await postgres.empty();
  // Two processes have connections each.
  const [here, there] = [await postgres.open(), await postgres.open()];
  const tenant = makeTenant('acme');
  await here.tenants.add(tenant);
  const underWay = new Set<Promise<unknown>>();
  /** Has the database's clock show what the test's does, before something is done by it. */
  const byTheClock = async <T>(work: () => Promise<T>): Promise<T> => {
    const done = postgres.setClock(clock.now()).then(work);
    underWay.add(done);
    const end = () => underWay.delete(done);
    done.then(end, end);
    return done;
  };
  let opened = 0;
  const open: OpenRunStore = (options) => {
    opened += 1;
    const { state, history } = (opened % 2 === 0 ? here : there).storeOf(tenant.id)(options);
    return {
      history,
      state: { ...state, update: (change) => byTheClock(() => state.update(change)) },
    };
  };
  return {
    open,
    settled: async () => {
      await Promise.allSettled(underWay);
    },
    close: async () => {
      await here.close();
      await there.close();
    },
  };
});
