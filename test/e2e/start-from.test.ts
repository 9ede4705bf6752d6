import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { deliveryGaps } from '../support/delivery-gaps';
import { exportedLogs } from '../support/exported-logs';
import { openExport } from '../support/open-export';
import { trackId } from '../support/track-id';

const logs = generateLogs({ count: 300, users: 50 });

/** A tenant whose logs have all been exported once, and one of these logs, in the middle. */
async function openExported() {
  const { sandbox, webtask } = await openExport({ sandbox: { tenant: { logs } } });
  await webtask.cron();
  sandbox.segment.reset();
  const exported = exportedLogs(sandbox);
  const index = Math.floor(exported.length / 2);
  const from = exported[index]?.log_id ?? '';
  const after = exported.slice(index).map((log) => trackId(sandbox, log.log_id));
  return { sandbox, webtask, from, after };
}

test('START_FROM sends that log and all after it, once', async () => {
  const { sandbox, webtask, from, after } = await openExported();
  webtask.secrets.START_FROM = from;
  expect((await webtask.cron()).statusCode).toBe(200);
  expect(sandbox.segment.tracks().map((track) => track.messageId)).toEqual(after);
  expect(webtask.state()).toMatchObject({ startFrom: from, checkpointId: sandbox.tenant.logAt(299).log_id });
  const replay = webtask.state().logs.at(-1);
  expect([replay?.startedFrom, webtask.state().startFromUsedAt]).toEqual([from, replay?.start]);

  sandbox.segment.reset();
  const added = sandbox.tenant.addLog({ type: 's' });
  const { status } = (await webtask.cron()).body;
  expect(status).toMatchObject({ logsProcessed: 1, checkpoint: added.log_id });
  expect(status).not.toHaveProperty('startedFrom');
  expect(sandbox.segment.tracks()).toHaveLength(1);
});

test('START_FROM acts again after being cleared and entered again', async () => {
  const { sandbox, webtask, from, after } = await openExported();
  webtask.secrets.START_FROM = from;
  await webtask.cron();
  webtask.secrets.START_FROM = '';
  expect((await webtask.cron()).body.status.logsProcessed).toBe(0);
  expect(webtask.state().startFrom).toBeNull();
  sandbox.segment.reset();
  webtask.secrets.START_FROM = from;
  await webtask.cron();
  expect(sandbox.segment.tracks().map((track) => track.messageId)).toEqual(after);
});

test.each(['90020260101000000000000000000000000009999999999999999999', 'mistyped', '../users', '   x'])(
  'START_FROM %j, which Auth0 does not know, fails the run naming it; clearing it resumes from its checkpoint',
  async (unknown) => {
    const { sandbox, webtask } = await openExported();
    const { checkpointId } = webtask.state();
    webtask.secrets.START_FROM = unknown;
    sandbox.tenant.addLog({ type: 's' });
    const failed = await webtask.cron();
    expect(failed.statusCode).toBe(500);
    expect(failed.body.status.error?.message).toContain(
      `the log that START_FROM names, ${JSON.stringify(unknown.trim())}`,
    );
    expect(failed.body.status.error?.message).toContain('clear it to go on from the checkpoint');
    expect(sandbox.segment.requests).toBe(0);
    expect(webtask.state().checkpointId).toBe(checkpointId);

    webtask.secrets.START_FROM = '';
    expect((await webtask.cron()).body.status).toMatchObject({ logsProcessed: 1 });
    expect(deliveryGaps(sandbox).unknown).toEqual([]);
  },
);

test('START_FROM naming a log of another type starts there and continues', async () => {
  const { sandbox, webtask } = await openExported();
  const other = [...sandbox.tenant.allLogs()].find((log) => log.type === 'slo')?.log_id ?? '';
  webtask.secrets.START_FROM = other;
  await webtask.cron();
  const after = exportedLogs(sandbox).filter((log) => log.log_id >= other);
  expect(sandbox.segment.tracks()).toHaveLength(after.length);
  expect(webtask.state().startFrom).toBe(other);
});

test('a replay whose first batch fails begins again with START_FROM on the next run', async () => {
  const { sandbox, webtask, from, after } = await openExported();
  const { checkpointId } = webtask.state();
  webtask.secrets.START_FROM = from;
  sandbox.segment.faults.add({ fault: { kind: 'status', status: 401 } });
  const failed = await webtask.cron();
  expect(failed.body.status.error?.checkpoint).toBe(from);
  expect(webtask.state()).toMatchObject({ checkpointId });
  await webtask.cron();
  expect(sandbox.segment.tracks().map((track) => track.messageId)).toEqual(after);
});
