import { expect, onTestFinished, test, vi } from 'vitest';
import { copyDatabase } from '../../server/database/copy';
import { openPostgres } from '../../server/database/postgres/open-postgres';
import { systemClock } from '../../src/time';
import { makeTenant, NOON, openTestDatabase } from '../server/database/open-test-database';
import { openTestQueue } from '../server/database/postgres/open-test-queue';
import { makeRecord } from '../support/make-record';
import { openTestPostgres, type TestDatabase } from '../support/postgres';
import { temporaryFolder } from '../support/temporary-folder';

const SOON = { timeout: 20_000, interval: 50 };

/**
 * Creates types, functions and operators with the names that the program uses, and with argument types that match its
 * calls better than the server's own. Each function advances a sequence, which no rollback undoes, and fails.
 */
const TRAPS = `
  CREATE SCHEMA trap;
  CREATE SEQUENCE public.trapped;
  CREATE DOMAIN trap.text AS pg_catalog.int4;
  CREATE DOMAIN trap.jsonb AS pg_catalog.int4;
  CREATE DOMAIN trap.json AS pg_catalog.int4;
  CREATE DOMAIN trap.float8 AS pg_catalog.int4;
  CREATE DOMAIN trap.timestamptz AS pg_catalog.int4;
  SET search_path = pg_catalog;
  DO $do$
  DECLARE
    types text[] := ARRAY['text', 'varchar', 'int4', 'int8', 'numeric', 'float8', 'timestamptz', 'interval', 'jsonb', 'bool'];
    place text; one text; other text; item text;
    body text := $body$ BEGIN PERFORM pg_catalog.nextval('public.trapped'::pg_catalog.regclass); RAISE EXCEPTION 'trapped'; END $body$;
  BEGIN
    FOREACH place IN ARRAY ARRAY['trap', 'public'] LOOP
      FOREACH item IN ARRAY ARRAY['now', 'clock_timestamp', 'gen_random_uuid', 'pg_listening_channels', 'version'] LOOP
        CONTINUE WHEN item = 'pg_listening_channels' AND place = 'trap';
        EXECUTE format('CREATE FUNCTION %I.%I() RETURNS %s LANGUAGE plpgsql AS %L', place, item,
          CASE item WHEN 'gen_random_uuid' THEN 'uuid' WHEN 'version' THEN 'text' WHEN 'pg_listening_channels' THEN 'SETOF text'
            ELSE 'timestamptz' END, body);
      END LOOP;
      FOREACH one IN ARRAY types LOOP
        FOREACH item IN ARRAY ARRAY['abs', 'count', 'floor', 'json_array_length', 'json_to_recordset', 'jsonb_each',
          'jsonb_to_recordset', 'max', 'min', 'pg_advisory_xact_lock', 'round', 'sum', 'to_timestamp', 'current_setting',
          'jsonb_array_elements', 'jsonb_array_elements_text', 'unnest', 'lower', 'length', 'json_agg', 'array_agg', 'to_regclass'] LOOP
          EXECUTE format('CREATE FUNCTION %I.%I(pg_catalog.%I) RETURNS int8 LANGUAGE plpgsql AS %L', place, item, one, body);
        END LOOP;
        FOREACH other IN ARRAY types LOOP
          FOREACH item IN ARRAY ARRAY['concat_ws', 'hashtextextended', 'hashtext', 'to_char', 'set_config', 'timezone', 'format',
            'make_interval', 'pg_notify', 'md5'] LOOP
            EXECUTE format('CREATE FUNCTION %I.%I(pg_catalog.%I, pg_catalog.%I) RETURNS int8 LANGUAGE plpgsql AS %L', place, item, one,
              other, body);
          END LOOP;
          EXECUTE format('CREATE FUNCTION %I.operate(pg_catalog.%I, pg_catalog.%I) RETURNS bool LANGUAGE plpgsql AS %L', place,
            one, other, body);
          FOREACH item IN ARRAY ARRAY['=', '<>', '<', '>', '<=', '>=', '+', '-', '*', '/', '%', '||', '->', '->>'] LOOP
            EXECUTE format('CREATE OPERATOR %I.%s (LEFTARG = pg_catalog.%I, RIGHTARG = pg_catalog.%I, FUNCTION = %I.operate)', place,
              item, one, other, place);
          END LOOP;
        END LOOP;
      END LOOP;
    END LOOP;
  END $do$`;

async function openTrap(): Promise<TestDatabase & { calls(): Promise<number> }> {
  const database = await openTestPostgres();
  await database.exec(TRAPS);
  await database.exec(`ALTER DATABASE ${database.name} SET search_path = trap, public, pg_catalog`);
  return {
    ...database,
    calls: async () => {
      const { rows } = await database.exec(
        'SELECT CASE WHEN is_called THEN last_value ELSE 0::pg_catalog.int8 END AS calls FROM public.trapped',
      );
      return Number(rows[0]?.calls);
    },
  };
}

/** Does everything that the exporter does with a database, but for its queue. */
async function live(url: string): Promise<Awaited<ReturnType<typeof openPostgres>>> {
  const database = await openPostgres({ url, places: 2, clock: systemClock });
  onTestFinished(() => database.close());
  const tenant = makeTenant('acme');
  await database.tenants.add(tenant);
  await database.tenants.replace({ ...tenant, schedule: '0 0 * * * *' }, [
    { at: new Date(NOON).toISOString(), name: 'BATCH_SIZE', from: '1', to: '2' },
  ]);
  await database.tenants.add(makeTenant('beta'));
  await database.changes();
  await database.tenants.due(NOON, 10);
  await database.tenants.count();
  await database.tenants.changes(tenant.id, 10);
  await database.tenants.bringForward(tenant.id, NOON - 1);
  await database.tenants.claim(tenant.id, NOON - 1, NOON + 60_000);
  const options = { remaining: () => 60_000, onDamaged: undefined };
  const { state, history } = database.storeOf(tenant.id)(options);
  for (const id of ['run-1', 'run-2']) {
    const record = makeRecord({ start: '2020-01-01T00:00:00.000Z', logsProcessed: 3 });
    await state.update((current) => ({ state: { ...current, checkpointId: id }, ended: [{ id, record }] }));
    await database.notes.put(tenant.id, {
      id,
      trigger: 'manual',
      dueAt: new Date(NOON).toISOString(),
      startedAt: new Date(NOON).toISOString(),
      linesLeftOut: 0,
      lines: ['Begins.'],
    });
  }
  await state.read();
  await history.list({ offset: 0, limit: 10, failedOnly: false });
  await history.sums({ from: 0, until: NOON });
  await database.notes.find(tenant.id, 'run-1');
  await database.notes.triggers(tenant.id, ['run-1', 'run-2']);
  await database.overview.standings();
  await database.overview.hours([tenant.id], 0);
  await database.logStreams.putToken(tenant.id, 'hash');
  await database.logStreams.change(tenant.id, (stream) => ({ state: { ...stream, triggers: 1 } }));
  await database.logStreams.list();
  const worker = {
    id: 'one',
    host: 'a',
    pid: 7,
    role: 'worker',
    version: '3.0.0',
    places: 8,
    runs: [],
  } as const;
  await database.workers.put(worker);
  expect(await database.workers.list()).toHaveLength(1);
  await database.liveEvents.append([
    { worker: 'one', kind: 'line', tenant: 'acme', run: 'run-1', text: 'Begins.' },
  ]);
  expect(await database.liveEvents.after(0, 10)).toHaveLength(1);
  await database.liveEvents.newest();
  await database.liveEvents.prune(-60_000);
  expect(await database.prune(1)).toBeGreaterThan(0);
  await database.tenants.remove(tenant.id, true);
  return database;
}

test('no function, operator or type of another role is used by a session that its statements begin', async () => {
  const trap = await openTrap();
  const database = await live(trap.url);
  const folder = await temporaryFolder();
  const source = await openTestDatabase({ folder });
  await source.tenants.add(makeTenant('gamma'));
  await source.close();
  await copyDatabase({ folder, url: trap.url, clock: systemClock, stop: new AbortController().signal });

  const { queue, troubles } = await openTestQueue(trap);
  const taken: string[] = [];
  await queue.work(1, async ({ tenant }) => {
    taken.push(tenant);
  });
  const beta = await database.tenants.find('beta');
  const request = { tenantId: beta?.id ?? '', tenant: 'beta', trigger: 'schedule', dueAt: NOON } as const;
  await database.claimAnd(request.tenantId, NOON, null, async (session) => {
    await queue.send(request, session);
  });
  await vi.waitFor(() => expect(taken).toEqual(['beta']), SOON);
  await queue.cancel(request.tenantId);
  await queue.depth();
  expect([await trap.calls(), troubles]).toEqual([0, []]);
}, 60_000);

test('no function or type of another role is used behind a pooler that resets the search path', async () => {
  const trap = await openTrap();
  // Operators can't be qualified readably: behind such a pooler the role's own search path covers them.
  await trap.exec(`
    DO $do$ DECLARE one pg_catalog.record; BEGIN
      FOR one IN SELECT oid::pg_catalog.regoperator AS name FROM pg_catalog.pg_operator
        WHERE oprnamespace OPERATOR(pg_catalog.=) ANY (ARRAY['trap'::pg_catalog.regnamespace, 'public'::pg_catalog.regnamespace]) LOOP
        EXECUTE pg_catalog.format('DROP OPERATOR %s', one.name);
      END LOOP;
    END $do$;
    ALTER FUNCTION pg_catalog.set_config(pg_catalog.text, pg_catalog.text, boolean) RENAME TO real_set_config;
    CREATE FUNCTION pg_catalog.set_config(name pg_catalog.text, value pg_catalog.text, is_local boolean) RETURNS pg_catalog.text
      LANGUAGE sql AS $$ SELECT CASE WHEN name OPERATOR(pg_catalog.=) 'search_path' THEN value
        ELSE pg_catalog.real_set_config(name, value, is_local) END $$`);
  await live(trap.url);
  expect(await trap.calls()).toBe(0);
});
