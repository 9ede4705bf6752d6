import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import Libsql from 'libsql';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildProcess } from '../../../support/build-process';
import { temporaryFolder } from '../../../support/temporary-folder';
import { makeTenant, openTestDatabase } from '../open-test-database';

let program = '';
beforeAll(async () => {
  program = await buildProcess(new URL('write-process.ts', import.meta.url));
});

/** Starts a process that writes; see write-process.ts. */
function startWriter(
  folder: string,
  tenantId: string,
  name: string,
  { count = 100_000, characters = 10, through = [] as string[] } = {},
) {
  const [command = '', ...args] = [
    ...through,
    process.execPath,
    program,
    folder,
    tenantId,
    name,
    String(count),
    String(characters),
  ];
  const child: ChildProcess = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const said = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    said.err += chunk;
  });
  const exit = once(child, 'close');
  /** Number of the newest write that it knows to be stored. */
  const acknowledged = () => Number(said.out.trimEnd().split('\n').at(-1) ?? 0);
  return { child, exit, said, acknowledged };
}

async function openTenant() {
  const folder = await temporaryFolder();
  const database = await openTestDatabase({ folder });
  const tenant = makeTenant('acme');
  await database.tenants.add(tenant);
  const { state, history } = database.storeOf(tenant.id)({ remaining: () => 1000 });
  return { folder, database, tenant, state, history };
}

test('two processes write at once, one is killed: whatever was acknowledged is there, and the other continues', async () => {
  const { folder, database, tenant, state, history } = await openTenant();
  const killed = startWriter(folder, tenant.id, 'killed');
  const other = startWriter(folder, tenant.id, 'other');
  await expect.poll(killed.acknowledged, { timeout: 30_000 }).toBeGreaterThan(20);
  killed.child.kill('SIGKILL');
  await killed.exit;
  const before = other.acknowledged();
  await expect.poll(other.acknowledged, { timeout: 30_000 }).toBeGreaterThan(before + 20);
  other.child.kill('SIGKILL');
  await other.exit;

  const { runs, total } = await history.list({ offset: 0, limit: 100_000 });
  const idsOf = (name: string) => runs.filter(({ id }) => id?.startsWith(name)).length;
  const stored = await state.read();
  // A write that was done when the process was killed may not have been acknowledged: one at most.
  expect(idsOf('killed') - killed.acknowledged()).toBeOneOf([0, 1]);
  expect(idsOf('other') - other.acknowledged()).toBeOneOf([0, 1]);
  expect(total).toBe(idsOf('killed') + idsOf('other'));
  // State and history belong together.
  expect(stored).toMatchObject({ killed: idsOf('killed'), other: idsOf('other') });
  const file = new Libsql(database.name);
  expect(file.prepare('PRAGMA integrity_check').all({})).toEqual([{ integrity_check: 'ok' }]);
  file.close();
}, 90_000);

test('a disk that takes nothing more: nothing half written, the cause and the remedy, and it continues with room', async () => {
  const { folder, database, tenant, state, history } = await openTenant();
  // No file may be larger than 256 KB, whoever runs this.
  const through = ['bash', '-c', 'ulimit -S -f 256; exec "$@"', 'bash'];
  const writer = startWriter(folder, tenant.id, 'writer', { characters: 10_000, through });
  const [code] = await writer.exit;
  expect(code).toBe(3);
  expect(writer.said.err).toMatch(
    /^The state could not be stored, .* The database cannot be used: its disk .* \(SQLITE_(FULL|IOERR)\)\.\n/,
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
}, 60_000);
