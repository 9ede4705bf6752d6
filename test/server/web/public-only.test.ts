import { afterAll, expect, test } from 'vitest';
import type { Sandbox } from '../../../server/sandbox/sandbox';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { configureOutgoing } from '../../../server/web/outgoing';
import { isPublicAddress } from '../../../server/web/public-addresses';
import { openTestHost, openTestTenant } from '../runs/open-test-host';

const publicOnly = configureOutgoing({ isPublicOnly: true, proxies: undefined });
afterAll(() => publicOnly.restore());

test.each([
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.170',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:a00:1',
  '::ffff:0:127.0.0.1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::8.8.8.8',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  'localhost',
  '',
])('%j is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.255.255',
  '172.32.0.1',
  '192.167.255.255',
  '223.255.255.255',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
  '2606:4700::1111',
])('%j is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

/** Opens a sandbox, and what exports it with these settings besides its own. */
async function openExport(more: (sandbox: Sandbox) => Record<string, string> = () => ({})) {
  const { sandbox, settings } = await openTestTenant({ tenant: { logs: generateLogs({ count: 20 }) } });
  const { host } = await openTestHost({
    given: {
      tenant: 'default',
      settings: { ...settings, ...more(sandbox) },
      schedule: undefined,
      timeZone: undefined,
    },
  });
  await host.refresh(true);
  return { sandbox, run: async () => (await host.begin())?.answer };
}

test('a tenant at an address of this machine is not asked for anything, and the run says why', async () => {
  const { sandbox, run } = await openExport();
  expect(JSON.stringify(await run())).toMatch(
    /127\.0\.0\.1 is an address of this machine .*ALLOW_PRIVATE_HOSTS=true/,
  );
  expect(sandbox.tenant.requests).toMatchObject({ token: 0 });
});

test('Segment at an address of this machine gets nothing', async () => {
  const { sandbox, run } = await openExport();
  publicOnly.except([sandbox.tenant.url]);
  expect(JSON.stringify(await run())).toMatch(/ALLOW_PRIVATE_HOSTS=true/);
  expect(sandbox.segment.accepted).toBe(0);
});

test('Slack at a name that leads to this machine gets nothing; the export continues', async () => {
  const { sandbox, run } = await openExport(({ slack }) => ({
    SLACK_INCOMING_WEBHOOK: slack.webhookUrl.replace('127.0.0.1', 'localhost'),
    SLACK_SEND_SUCCESS: 'Yes',
  }));
  publicOnly.except([sandbox.tenant.url, sandbox.segment.url]);
  const answer = await run();
  expect(answer?.statusCode).toBe(200);
  expect(JSON.stringify(answer)).toMatch(/localhost is an address of this machine/);
  expect(sandbox.slack.messages).toHaveLength(0);
});

test('every way to write an address of this machine is refused', async () => {
  const { sandbox } = await openTestTenant();
  const { port } = new URL(sandbox.slack.url);
  for (const host of [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0.0.0.0',
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
  ]) {
    const refused = await fetch(`http://${host}:${port}/`).catch((error: Error) => error.cause);
    expect([host, refused]).toEqual([host, expect.objectContaining({ code: 'ERR_PRIVATE_ADDRESS' })]);
  }
});

test('what is excepted is one server, not the machine that it is on', async () => {
  const { sandbox } = await openTestTenant();
  publicOnly.except([sandbox.segment.url]);
  expect((await fetch(sandbox.segment.url)).status).toBeGreaterThan(0);
  await expect(fetch(sandbox.tenant.url)).rejects.toThrow('fetch failed');
});
