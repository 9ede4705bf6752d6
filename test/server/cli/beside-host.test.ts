import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { messageIdOf, sourceOf } from '../../../src/segment/calls';
import { declarationsOf, startTenants, writeTenantsFile } from '../../support/start-tenants';
import { temporaryFolder } from '../../support/temporary-folder';
import { runInProcess, startCommand } from './run-in-process';

/** A host of three tenants whose logs it has exported, and that are due each second. */
async function openHost() {
  const world = await startTenants({
    count: 3,
    logs: (index) => generateLogs({ count: 60, users: 10, seed: index }),
  });
  onTestFinished(() => world.close());
  const folder = await temporaryFolder();
  const env = { TENANTS_FILE: join(folder, 'tenants.yaml') };
  await writeTenantsFile(env.TENANTS_FILE, declarationsOf(world), '* * * * * *');
  const host = await startCommand(['start'], { folder, env });
  const allArrive = async () => {
    await expect.poll(() => world.gaps()).toEqual({ lost: [], unknown: [] });
  };
  await allArrive();
  const [first] = world.tenants;
  if (!first) throw new Error('There is no tenant');
  return {
    world,
    first,
    allArrive,
    host,
    /** Runs a command in the folder of the host. */
    command: (...args: string[]) => runInProcess(args, { folder, env }),
    /** The host still exports, has complained of nothing, and stops as it should. */
    expectUndisturbed: async () => {
      for (const { sandbox } of world.tenants) sandbox.addLogs([{ type: 's' }, { type: 'f' }]);
      await allArrive();
      expect(host.out()).not.toMatch(/ {2}Failed|under way|could not (?!be reached)/);
      expect([await host.stop(), host.err()]).toEqual([0, '']);
    },
  };
}

test('status beside a host shows all tenants, or one, and does not disturb the host', async () => {
  const { command, world, expectUndisturbed } = await openHost();
  const all = await command('status', '--json');
  expect(all.code, all.err).toBe(0);
  expect(JSON.parse(all.out)).toHaveLength(world.tenants.length);
  const one = await command('status', 'tenant-0002');
  expect(one.code, one.err).toBe(0);
  expect(one.out).toContain('tenant-0002');
  expect(world.segment.duplicates).toBe(0);
  await expectUndisturbed();
});

test('replay beside a host sends a range again, and moves no checkpoint', async () => {
  const { command, first, world, expectUndisturbed } = await openHost();
  const again = [...first.sandbox.selectedLogs()].filter(({ user_id }) => user_id).slice(-5);
  const replayed = await command('replay', first.name, '--from', again[0]?.log_id ?? '');
  expect(replayed.code, replayed.err).toBe(0);
  const tracks = world.segment.ids('track');
  const idOf = (logId: string) => messageIdOf(logId, 'track', sourceOf(first.writeKey));
  expect(again.map(({ log_id }) => tracks.get(idOf(log_id)))).toEqual(again.map(() => 2));
  expect([...tracks.values()].filter((times) => times > 1)).toHaveLength(again.length);
  await expectUndisturbed();
});

test('run beside a host exports a tenant, or reports that another run is under way, and nothing is sent twice', async () => {
  const { command, first, world, allArrive, expectUndisturbed } = await openHost();
  first.sandbox.addLogs([{ type: 's' }]);
  const ran = await command('run', first.name);
  expect(ran.code === 0 || /Another run is under way/.test(ran.err), ran.err).toBe(true);
  await allArrive();

  // The host's own run does not get on, so this one meets it.
  first.sandbox.addLogs([{ type: 's' }]);
  const asked = first.sandbox.requests.logs;
  first.sandbox.faults.add({ endpoint: 'logs', times: Number.POSITIVE_INFINITY, fault: { kind: 'hang' } });
  await expect.poll(() => first.sandbox.requests.logs).toBeGreaterThan(asked);
  const met = await command('run', first.name);
  expect(met.code, met.err).toBe(1);
  expect(met.err).toContain('Another run is under way');
  first.sandbox.faults.clear();
  await allArrive();
  expect(world.segment.duplicates).toBe(0);
  await expectUndisturbed();
});
