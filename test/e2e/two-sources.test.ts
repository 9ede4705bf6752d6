import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { exportedLogs } from '../support/exported-logs';
import { openExport } from '../support/open-export';

const TEST_KEY = 'testSourceWriteKey4Wd9';

test('a tenant that is exported to a test source and to production is whole in both', async () => {
  const { sandbox, webtask } = await openExport({
    sandbox: {
      tenant: { logs: generateLogs({ count: 300, users: 40 }) },
      segment: { otherWriteKeys: [TEST_KEY] },
    },
    secrets: { SEGMENT_KEY: TEST_KEY },
  });
  const logs = exportedLogs(sandbox);
  expect((await webtask.cron()).statusCode).toBe(200);
  webtask.secrets.SEGMENT_KEY = sandbox.segment.writeKey;
  webtask.secrets.START_FROM = sandbox.tenant.logAt(0).log_id;
  expect((await webtask.cron()).statusCode).toBe(200);

  const [tested, production] = [TEST_KEY, sandbox.segment.writeKey].map((key) =>
    sandbox.segment.receivedAt(key),
  );
  const identified = (events = production) => events?.filter(({ type }) => type === 'identify').length;
  expect(identified(production)).toBe(identified(tested));
  const tracks = production?.filter(({ type }) => type === 'track').map(({ messageId }) => messageId);
  expect(tracks).toHaveLength(logs.length);
  expect(sandbox.segment.duplicates).toBe(0);
  for (const { log_id } of logs) expect(tracks?.some((id) => id.includes(`-${log_id}-`))).toBe(true);
});

test('to the same source it is recognised a second time', async () => {
  const { sandbox, webtask } = await openExport({
    sandbox: { tenant: { logs: generateLogs({ count: 100, users: 20 }) } },
  });
  await webtask.cron();
  const { length } = sandbox.segment.received;
  webtask.secrets.START_FROM = sandbox.tenant.logAt(0).log_id;
  await webtask.cron();
  expect(sandbox.segment.tracks()).toHaveLength(exportedLogs(sandbox).length);
  expect(sandbox.segment.duplicates).toBe(length);
});
