import Libsql from 'libsql';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../../support/temporary-folder';
import { makeTenant, openTestDatabase } from '../open-test-database';
import { buildWriter, startWriter } from '../processes-contract';

let program = '';
beforeAll(async () => {
  program = await buildWriter();
});

async function openTenant() {
  const folder = await temporaryFolder();
  const database = await openTestDatabase({ folder });
  const tenant = makeTenant('acme');
  await database.tenants.add(tenant);
  const { state, history } = database.storeOf(tenant.id)({ remaining: () => 1000 });
  return { folder, database, tenant, state, history };
}

test('a disk that takes nothing more: nothing half written, the cause and the remedy, and it continues with room', async () => {
  const { folder, database, tenant, state, history } = await openTenant();
  // No file may be larger than 256 KB, whoever runs this.
  const through = ['bash', '-c', 'ulimit -S -f 256; exec "$@"', 'bash'];
  const writer = startWriter(program, folder, tenant.id, 'writer', { characters: 10_000, through });
  const [code] = await writer.exit;
  expect(code).toBe(3);
  expect(writer.said.err).toMatch(
    /^The state could not be stored, .* The database cannot be used: its disk .* \(SQLITE_(FULL|IOERR)\)\. The next run .*\n/,
  );
  expect(writer.said.err).toMatch(
    /\nHostError: The database \S+exporter\.db cannot be used: its disk .* \(SQLITE_(FULL|IOERR)\)\. Free space there, .*; the next run resumes from its checkpoint\.\n/,
  );
  expect(writer.said.err).toMatch(/\nprobe: HostError: The database \S+ cannot be used: its disk/);
  expect(writer.acknowledged()).toBeGreaterThan(0);
  expect(await state.read()).toMatchObject({ writer: writer.acknowledged() });
  expect((await history.list({ offset: 0, limit: 1 })).total).toBe(writer.acknowledged());
  await database.probe();
  await state.update((before) => ({ state: { ...before, checkpointId: 'c1' } }));
  const file = new Libsql(database.name);
  expect(file.prepare('PRAGMA integrity_check').all({})).toEqual([{ integrity_check: 'ok' }]);
  file.close();
});
