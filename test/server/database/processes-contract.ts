import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { buildProcess } from '../../support/build-process';
import { makeTenant } from './open-test-database';
import type { OpenPlace } from './place';

/** Builds the process that {@link startWriter} starts, and says where it is. */
export const buildWriter = (): Promise<string> => buildProcess(new URL('write-process.ts', import.meta.url));

/** Starts a process that writes into a folder, or to a URL; see write-process.ts. */
export function startWriter(
  program: string,
  place: string,
  tenantId: string,
  name: string,
  { count = 100_000, characters = 10, through = [] as string[] } = {},
) {
  const [command = '', ...args] = [
    ...through,
    process.execPath,
    program,
    place,
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

/** What every database must keep of what processes write at once. */
export function describeProcesses(name: string, openPlace: OpenPlace): void {
  describe(name, () => {
    let program = '';
    beforeAll(async () => {
      program = await buildWriter();
    });

    test('two processes write at once, one is killed: whatever was acknowledged is there, and the other continues', async () => {
      const place = await openPlace();
      const database = await place.open();
      const tenant = makeTenant('acme');
      await database.tenants.add(tenant);
      const { state, history } = database.storeOf(tenant.id)({ remaining: () => 5000 });
      const killed = startWriter(program, place.address, tenant.id, 'killed');
      const other = startWriter(program, place.address, tenant.id, 'other');
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
    }, 90_000);
  });
}
