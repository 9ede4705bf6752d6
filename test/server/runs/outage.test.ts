import { expect, test } from 'vitest';
import { reportOutage, watchOutages } from '../../../server/runs/outage';
import { openTestHost, openTestTenant } from './open-test-host';

const outage = {
  reason: 'The disk is full.',
  message: 'The disk of <this> machine is full. Free space there.',
};

test('an outage is told once when writing begins to fail, and again only after it has worked', async () => {
  const told: string[] = [];
  let isFull = true;
  const watch = watchOutages(
    async () => {
      watch.note(isFull ? outage : undefined);
      if (isFull) throw new Error('full');
    },
    ({ message }) => told.push(message),
  );
  expect(await watch.trouble()).toBeUndefined();
  watch.note(outage);
  watch.note(outage);
  expect(await watch.trouble()).toEqual(outage);
  expect(told).toEqual([outage.message]);
  isFull = false;
  expect(await watch.trouble()).toBeUndefined();
  watch.note(outage);
  expect(told).toHaveLength(2);
});

test('Slack is told of an outage once for each webhook, not for each tenant, and by none that is switched off', async () => {
  const tenants = [await openTestTenant(), await openTestTenant(), await openTestTenant()];
  const { host } = await openTestHost();
  const mayReference = { mayReference: true };
  for (const [n, { settings }] of tenants.entries()) {
    const { SLACK_SEND_SUCCESS: _, ...entered } = settings;
    for (const name of [`tenant-${n}`, `same-as-${n}`]) {
      await host.registry.add(name, { settings: entered, isActive: n !== 2 }, mayReference);
    }
  }
  const [first] = tenants;
  const lost = { ...first?.settings, SLACK_SEND_SUCCESS: '', SLACK_INCOMING_WEBHOOK: 'env:NO_SUCH_WEBHOOK' };
  await host.registry.add('lost', { settings: lost }, mayReference);
  const warnings = await reportOutage(outage.message, host.registry);
  expect(tenants.map(({ sandbox }) => sandbox.slack.messages.map(({ text }) => text))).toEqual([
    [expect.stringMatching(/nothing can be exported\*\nThe disk of &lt;this&gt; machine is full/)],
    [expect.stringMatching(/nothing can be exported/)],
    [],
  ]);
  expect(warnings).toEqual([expect.stringContaining('env:NO_SUCH_WEBHOOK')]);
});
