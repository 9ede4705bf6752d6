import * as v from 'valibot';
import type { Connection } from './connection';
import { type FormerFiles, readFormerFiles, type Seal, setAside } from './former-files';
import { putNote } from './run-notes';
import { insertRun } from './run-store';
import { addTenant } from './tenants';

/** Under which the installation's random text is kept. */
const SECRET = 'secret';
/** The tenant that the former version had, which knew no names. */
const TENANT = 'default';

const storeRow = v.object({ id: v.number() });
const anyRow = v.object({ known: v.number() });

/** Whether nothing has been kept in a database yet. */
const isEmpty = ({ query }: Connection): boolean =>
  query(anyRow, 'SELECT EXISTS (SELECT 1 FROM run_stores) AS known')[0]?.known === 0;

/** Stores what was read; a state without a tenant waits for the first of the name. */
function store(connection: Connection, { tenant, secret, document, runs }: FormerFiles): void {
  const { query, run } = connection;
  if (secret !== undefined) {
    run('INSERT INTO meta VALUES (:name, :value) ON CONFLICT (name) DO NOTHING', {
      name: SECRET,
      value: secret,
    });
  }
  if (tenant) addTenant(connection, tenant);
  else run('INSERT INTO run_stores (kept_for) VALUES (:name)', { name: TENANT });
  const [added] = query(storeRow, 'SELECT id FROM run_stores');
  if (!added || !document) return;
  const { id } = added;
  const dropped = Date.parse(document.logsDroppedUntil ?? '');
  run('UPDATE run_stores SET state = :state, dropped_until = :droppedUntil WHERE id = :id', {
    id,
    state: JSON.stringify(document.state),
    droppedUntil: Number.isNaN(dropped) ? null : dropped,
  });
  for (const { note, ...ended } of runs) {
    insertRun(connection, id, ended);
    if (note) putNote(connection, id, note);
  }
}

/**
 * Takes over what the former version kept of its one tenant in JSON files, as the tenant `default`: once, into a
 * database that is empty, all of it or nothing. The files are moved aside afterwards.
 *
 * @param folder of the database and the files
 * @returns the names of the files that were taken over; empty where there were none, or where it has been done
 * @throws {HostError} where one of the files is damaged or cannot be read; nothing is changed then
 */
export async function importFormer(
  connection: Connection,
  folder: string,
  options: { secrets: readonly string[]; seal: Seal },
): Promise<string[]> {
  if (!isEmpty(connection)) return [];
  const former = await readFormerFiles(folder, { name: TENANT, ...options });
  if (!former) return [];
  const isDone = connection.write(() => {
    // Another process may have been faster.
    if (!isEmpty(connection)) return false;
    store(connection, former);
    return true;
  });
  if (!isDone) return [];
  await setAside(folder, former.names);
  return former.names;
}
