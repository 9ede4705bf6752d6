import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { deliveryGaps } from '../support/delivery-gaps';
import { exportedLogs } from '../support/exported-logs';
import { openVirtualExport } from '../support/open-virtual-export';
import { trackId } from '../support/track-id';

const logs = generateLogs({ count: 300, users: 40 });

test('a call that Segment refuses is recorded with its log and reason, and the rest is delivered', async () => {
  const { sandbox, webtask } = await openVirtualExport({ sandbox: { tenant: { logs } } });
  const poison = [7, 60, 111].map((index) => exportedLogs(sandbox)[index]?.log_id ?? '');
  sandbox.segment.refuse((call) => poison.some((id) => call.messageId === trackId(sandbox, id)));
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(200);
  expect(body.status.rejected).toEqual(
    poison.map((logId) => ({ logId, call: 'track', reason: 'Segment refused the call with 400.' })),
  );
  expect(webtask.state().logs[0]?.rejected).toEqual(body.status.rejected);
  expect(deliveryGaps(sandbox)).toEqual({ lost: poison, unknown: [] });
  expect(webtask.state().checkpointId).toBe(logs.idAt(299));
  const message = JSON.stringify(sandbox.slack.messages);
  for (const logId of poison) expect(message).toContain(logId);
});

test('a single call that is refused is isolated even where nothing else was accepted yet', async () => {
  const { sandbox, webtask } = await openVirtualExport({
    sandbox: { tenant: { logs } },
    secrets: { BATCH_SIZE: '1' },
  });
  const first = exportedLogs(sandbox)[0];
  sandbox.segment.refuse(
    (call) =>
      call.userId === first?.user_id &&
      Object.keys({ ...(call.traits as object), ...(call.properties as object) }).length > 0,
  );
  const { body } = await webtask.cron();
  const ofUser = exportedLogs(sandbox).filter((log) => log.user_id === first?.user_id);
  expect(body.status.rejected.filter(({ call }) => call === 'track').map(({ logId }) => logId)).toEqual(
    ofUser.map((log) => log.log_id),
  );
  expect(deliveryGaps(sandbox).lost).toEqual(ofUser.map((log) => log.log_id));
});

test('a Segment that refuses everything rejects nothing: the run fails and the checkpoint stays', async () => {
  const { sandbox, webtask } = await openVirtualExport({ sandbox: { tenant: { logs } } });
  const end = sandbox.segment.refuse(() => true);
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(500);
  expect(body.status.rejected).toEqual([]);
  expect(body.status.error?.checkpoint).toBe(exportedLogs(sandbox)[0]?.log_id);
  expect(webtask.state().checkpointId ?? null).toBeNull();
  expect(sandbox.segment.requests).toBeLessThan(40);
  end();
  await webtask.cron();
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('a Segment that begins to refuse everything in the middle of a run rejects nothing either', async () => {
  const { sandbox, webtask } = await openVirtualExport({
    sandbox: { tenant: { logs } },
    secrets: { BATCH_SIZE: '20' },
  });
  const end = sandbox.segment.refuse(() => sandbox.segment.accepted > 60);
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(500);
  expect(body.status.batches).toBeGreaterThan(0);
  expect(body.status.rejected).toEqual([]);
  expect(body.status.error?.message).toContain('Segment returned 400');
  end();
  await webtask.cron();
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('a Segment that takes a part of a batch and then nothing more rejects none of the rest', async () => {
  const { sandbox, webtask } = await openVirtualExport({ sandbox: { tenant: { logs } } });
  const poison = trackId(sandbox, exportedLogs(sandbox)[90]?.log_id);
  const end = sandbox.segment.refuse((call) => call.messageId === poison || sandbox.segment.accepted > 60);
  const { statusCode, body } = await webtask.cron();
  expect(sandbox.segment.accepted).toBeGreaterThan(60);
  expect(statusCode).toBe(500);
  expect(body.status.rejected).toEqual([]);
  expect(body.status.error?.message).toContain('Segment returned 400');
  const passed = exportedLogs(sandbox).filter((log) => log.log_id <= (body.checkpoint ?? ''));
  for (const log of passed) expect(sandbox.segment.ids('track').has(trackId(sandbox, log.log_id))).toBe(true);
  end();
  await webtask.cron();
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('a Segment that refuses every track but takes identifies rejects none of them', async () => {
  const { sandbox, webtask } = await openVirtualExport({ sandbox: { tenant: { logs } } });
  const end = sandbox.segment.refuse(({ type }) => type === 'track');
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(500);
  expect(body.status.rejected).toEqual([]);
  expect(body.status.error?.message).toMatch(/refused all of the \d+ tracks.*settings of the Segment source/);
  expect(body.status.error?.checkpoint).toBe(exportedLogs(sandbox)[0]?.log_id);
  expect(webtask.state().checkpointId ?? null).toBeNull();
  end();
  await webtask.cron();
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('nothing is delivered of the batches after one whose users cannot be looked up', async () => {
  const { sandbox, webtask } = await openVirtualExport({
    sandbox: { tenant: { logs } },
    secrets: { BATCH_SIZE: '20', MAX_RUN_SECONDS: '4' },
  });
  sandbox.tenant.faults.add({
    endpoint: 'user-search',
    at: 2,
    times: 1,
    fault: { kind: 'status', status: 403 },
  });
  const { body } = await webtask.cron();
  const first = exportedLogs(sandbox).findIndex((log) => log.log_id === body.status.error?.checkpoint);
  expect(first).toBeGreaterThan(0);
  expect(sandbox.segment.tracks()).toHaveLength(first);
  await webtask.cron();
  expect(sandbox.segment.duplicates).toBe(0);
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('a run with too many refused calls stops early and says so; the next continues', async () => {
  const { sandbox, webtask } = await openVirtualExport({
    sandbox: { tenant: { logs: generateLogs({ count: 900, users: 40 }) } },
    secrets: { BATCH_SIZE: '50' },
  });
  sandbox.segment.refuse((call) => call.type === 'track' && call.event !== 'Success Signup');
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(500);
  expect(body.status.error?.message).toMatch(/2\d\d calls of this run were rejected, so it stopped early/);
  expect(body.checkpoint).toBe(webtask.state().checkpointId);
  const recorded = new Set(body.status.rejected.map(({ logId }) => logId));
  const passed = exportedLogs(sandbox).filter((log) => log.log_id <= (body.checkpoint ?? ''));
  for (const log of passed)
    expect(recorded.has(log.log_id) || sandbox.segment.ids('track').has(trackId(sandbox, log.log_id))).toBe(
      true,
    );
});

test('profiles over 32 KB go without their largest fields, with a warning', async () => {
  const { sandbox, webtask } = await openVirtualExport({ sandbox: { tenant: { logs } } });
  const log = exportedLogs(sandbox)[3];
  sandbox.tenant.setUser({
    user_id: log?.user_id ?? '',
    email: 'large@customer.example',
    user_metadata: { novel: '😀'.repeat(9_000), tale: 'ä'.repeat(9_000) },
  });
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(200);
  expect(body.status.warning).toContain('1 profile was larger than the 32 KB that Segment accepts');
  expect(body.status.warning).toContain('without novel');
  const sent = sandbox.segment.tracks().find((event) => event.messageId === trackId(sandbox, log?.log_id));
  expect(sent?.properties).toMatchObject({ email: 'large@customer.example', tale: 'ä'.repeat(9_000) });
  expect(sent?.properties).not.toHaveProperty('novel');
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('batches over 500 KB go as several requests, none of them refused', async () => {
  const large = generateLogs({ count: 300, users: 200 });
  const { sandbox, webtask } = await openVirtualExport({ sandbox: { tenant: { logs: large } } });
  for (const { user_id } of exportedLogs(sandbox)) {
    if (sandbox.tenant.userById(user_id ?? ''))
      sandbox.tenant.setUser({ user_id: user_id ?? '', app_metadata: { notes: 'n'.repeat(9_000) } });
  }
  const { body } = await webtask.cron();
  expect(sandbox.segment.requests).toBeGreaterThan(body.status.batches);
  expect(sandbox.segment.statuses).toEqual({ 200: sandbox.segment.requests });
  expect(Math.max(...sandbox.segment.requestSizes)).toBeGreaterThan(400 * 1024);
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('logs that cannot be understood are recorded, not fatal', async () => {
  const { sandbox, webtask } = await openVirtualExport({ sandbox: { tenant: { logs } } });
  await webtask.cron();
  sandbox.segment.reset();
  const odd = (fields: object) => sandbox.tenant.addLog({ type: 's', ...fields } as never).log_id;
  const noDate = odd({ date: undefined });
  const badDate = odd({ date: 'yesterday' });
  const noType = odd({ type: undefined });
  const oddType = odd({ type: 42 });
  const oddUser = odd({ user_id: { a: 1 } });
  const longUser = odd({ user_id: `auth0|${'x'.repeat(40_000)}` });
  const huge = odd({ details: { text: 'h'.repeat(2_000_000) } });
  const unknownType = odd({ type: 'zzz' });
  const good = odd({});
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(200);
  expect(body.status.rejected.map(({ logId }) => logId)).toEqual([noType, oddType, oddUser, longUser]);
  expect(body.status.rejected.every(({ call }) => call === 'log')).toBe(true);
  expect(sandbox.segment.tracks().map(({ messageId }) => messageId)).toEqual([
    trackId(sandbox, noDate),
    trackId(sandbox, badDate),
    trackId(sandbox, huge),
    trackId(sandbox, good),
  ]);
  expect(body.checkpoint).toBe(good);
  expect(unknownType < good).toBe(true);
  expect(JSON.stringify(sandbox.slack.messages)).toContain(noType);
});

test('the day is summed up once, in UTC, where SLACK_DAILY_REPORT asks for it', async () => {
  const { sandbox, webtask, storage, clock } = await openVirtualExport({
    sandbox: { tenant: { logs } },
    secrets: { SLACK_DAILY_REPORT: 'Yes' },
  });
  const yesterday = new Date(clock.now() - 86_400_000).toISOString().slice(0, 10);
  storage.overwrite({
    lastReportDate: '2020-01-01',
    logs: [
      {
        start: `${yesterday}T10:00:00.000Z`,
        end: `${yesterday}T10:00:01.000Z`,
        logsProcessed: 1234,
        events: { 'Success Login': 1234 },
        batches: 13,
      },
    ],
  });
  await webtask.cron();
  await webtask.cron();
  expect(sandbox.slack.messages).toHaveLength(1);
  expect(JSON.stringify(sandbox.slack.messages)).toContain(`on ${yesterday}`);
  expect(JSON.stringify(sandbox.slack.messages)).toContain('1,234');
  expect(webtask.state().lastReportDate).toBe(yesterday);
});
