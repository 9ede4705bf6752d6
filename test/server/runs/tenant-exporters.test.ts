import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createTenantExporters, toRunBudget } from '../../../server/runs/tenant-exporters';
import { fakeClock } from '../../support/fake-clock';
import { makeTenant } from '../database/open-test-database';

test('a thousand tenants that have run take little memory', async () => {
  const exporters = createTenantExporters({
    registry: { settingsOf: async ({ name }) => ({ AUTH0_DOMAIN: `${name}.auth0.com` }) },
    clock: fakeClock(),
    fetch: globalThis.fetch,
  });
  // What is no longer used is collected whenever the engine likes, on a loaded machine later.
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  const before = process.memoryUsage();
  for (let n = 0; n < 1_000; n += 1) await exporters.of(makeTenant(`tenant-${n}`));
  collect();
  const after = process.memoryUsage();
  // Each tenant's users alone would take 260 KB.
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  expect(grown).toBeLessThan(100 * 1024 * 1024);
});

test('a run has the time that MAX_RUN_SECONDS says, or four minutes', () => {
  expect(toRunBudget('60')).toBe(60_000);
  expect(toRunBudget('')).toBe(240_000);
  expect(toRunBudget(undefined)).toBe(240_000);
});

test('settings that never come, as from a disk in a network that is gone, are waited for ten seconds', async () => {
  const clock = fakeClock();
  const exporters = createTenantExporters({
    registry: { settingsOf: () => new Promise(() => {}) },
    clock,
    fetch: globalThis.fetch,
  });
  const refused = expect(exporters.of(makeTenant('acme'))).rejects.toThrow(/could not be read within 10 s/);
  await clock.advance(10_000);
  await refused;
});
