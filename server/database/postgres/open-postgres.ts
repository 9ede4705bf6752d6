import * as v from 'valibot';
import type { Workers } from '../../runs/workers';
import { type Database, type DatabaseOptions, type Meta, PROBE_CHARACTERS } from '../database';
import { connect, type PostgresConnection } from './connection';
import { damagedRow } from './errors';
import { type LiveEvents, openLiveEvents } from './live-events';
import { migrate } from './migrations';
import { openOverview } from './overview';
import { prune } from './prune';
import { openRunNotes } from './run-notes';
import { openRunStore } from './run-store';
import { SCHEMA } from './schema';
import { type Claims, openTenants, readChanges } from './tenants';
import { openWorkers } from './workers';

/** A PostgreSQL database, which processes on several machines may use at once. */
export interface PostgresDatabase extends Database, Claims {
  workers: Workers;
  liveEvents: LiveEvents;
}

/** Runs at once, where that is not said. */
const PLACES = 8;
/** Clocks drift apart by far less than a second in this. */
const MEASURE_EVERY_MS = 60_000;

const valueRow = v.object({ value: v.string() });

function openMeta({ query, run }: PostgresConnection): Meta {
  const get = async (name: string) =>
    (await query(valueRow, `SELECT value FROM ${SCHEMA}.meta WHERE name = $1`, [name]))[0]?.value;
  return {
    get,
    put: async (name, value) => {
      await run(
        `INSERT INTO ${SCHEMA}.meta (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
        [name, value],
      );
    },
    getOrPut: async (name, make) => {
      const known = await get(name);
      if (known !== undefined) return known;
      const made = make();
      await run(`INSERT INTO ${SCHEMA}.meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, [
        name,
        made,
      ]);
      return (await get(name)) ?? made;
    },
  };
}

/**
 * Opens a PostgreSQL database, and makes its schema where it is not there.
 *
 * @throws {HostError} where it cannot be used: cause and remedy
 */
export async function openPostgres({
  url,
  rootCertificate,
  places = PLACES,
  clock,
  onWrite = () => {},
}: Omit<DatabaseOptions, 'folder'> & { url: string }): Promise<PostgresDatabase> {
  const connection = await connect({ url, rootCertificate, places, clock, onWrite });
  try {
    await migrate(connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
  const { claimAnd, ...tenants } = openTenants(connection);
  const meta = openMeta(connection);
  let isClosed = false;
  let measuredAt = clock.monotonic();
  return {
    name: connection.name,
    tenants,
    claimAnd,
    notes: openRunNotes(connection),
    overview: openOverview(connection, (error) => damagedRow(connection, error)),
    storeOf: (tenantId) => openRunStore(connection, tenantId),
    meta,
    workers: openWorkers(connection),
    liveEvents: openLiveEvents(connection),
    now: () => connection.now(),
    prune: (days) => prune(connection, { days }, () => isClosed),
    probe: () => meta.put('probe', `${connection.now()} `.padEnd(PROBE_CHARACTERS)),
    changes: async () => {
      // This is asked for all the time, so it is the moment to follow the database's clock, too.
      if (clock.monotonic() - measuredAt > MEASURE_EVERY_MS) {
        measuredAt = clock.monotonic();
        await connection.measureClock();
      }
      return readChanges(connection);
    },
    close: async () => {
      isClosed = true;
      await connection.close();
    },
  };
}
