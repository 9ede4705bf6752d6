import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { deliveryGaps } from '../support/delivery-gaps';
import { openVirtualExport } from '../support/open-virtual-export';

const logs = generateLogs({ count: 400, users: 40 });
const failure = { error: new Error('the storage is unavailable') };

async function openStored(initial?: unknown) {
  const opened = await openVirtualExport({
    sandbox: { tenant: { logs } },
    state: initial,
    secrets: { BATCH_SIZE: '25', MAX_RUN_SECONDS: '8' },
  });
  return { ...opened, state: opened.webtask.state };
}

test('a read that fails once is tried again', async () => {
  const { sandbox, webtask, storage } = await openStored();
  storage.fail('get', failure);
  expect((await webtask.cron()).statusCode).toBe(200);
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('a read that continues failing fails the run before anything is sent, and is reported', async () => {
  const { sandbox, webtask, storage } = await openStored();
  storage.fail('get', ...Array(10).fill(failure));
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(500);
  expect(body.status.error?.message).toContain('The stored state could not be read');
  expect(sandbox.segment.requests).toBe(0);
  expect(sandbox.slack.messages).toHaveLength(1);
  storage.heal();
  expect((await webtask.cron()).statusCode).toBe(200);
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('a write that fails once is tried again', async () => {
  const { sandbox, webtask, storage, state } = await openStored();
  storage.fail('set', undefined, failure, undefined, failure);
  expect((await webtask.cron()).statusCode).toBe(200);
  expect(state().checkpointId).toBe(logs.idAt(399));
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('writes that go on failing fail the run; what was sent is sent again and recognised', async () => {
  const { sandbox, webtask, storage, state } = await openStored();
  storage.fail('set', undefined, ...Array(100).fill(failure));
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(500);
  expect(body.status.error?.message).toContain('The state could not be stored');
  expect(JSON.stringify(sandbox.slack.messages)).toContain('The state could not be stored');
  expect(state().checkpointId ?? null).toBeNull();

  // The lease of the run that could not give it up is left to expire.
  storage.heal();
  storage.overwrite({ ...state(), lease: null });
  expect((await webtask.cron()).statusCode).toBe(200);
  expect(sandbox.segment.duplicates).toBeGreaterThan(0);
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test("another's write between ours is kept, and ours is made on top of it", async () => {
  const { sandbox, webtask, storage, state } = await openStored();
  let written = 0;
  storage.onSet = () => {
    if (written === 3) return;
    written += 1;
    storage.overwrite({ ...state(), somebody: written });
  };
  expect((await webtask.cron()).statusCode).toBe(200);
  expect(state()).toMatchObject({ somebody: 3, checkpointId: logs.idAt(399), lease: null });
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('a document that the storage calls too large gives up its oldest records, not the checkpoint', async () => {
  const record = { start: '2026-01-01T00:00:00.000Z', end: '2026-01-01T00:00:01.000Z', logsProcessed: 1 };
  const { webtask, storage, state } = await openStored({ logs: Array(64).fill(record) });
  storage.fail('set', { error: Object.assign(new Error('Item size too large'), { code: 413 }) });
  expect((await webtask.cron()).statusCode).toBe(200);
  expect(state().checkpointId).toBe(logs.idAt(399));
  expect(state().logs).toHaveLength(33);
});

test('a document that grew to its limit loses its oldest records first and stays under 400 KB', async () => {
  const records = Array.from({ length: 1_500 }, (_, index) => ({
    start: new Date(index * 300_000).toISOString(),
    end: new Date(index * 300_000 + 1_000).toISOString(),
    logsProcessed: index,
    warning: 'w'.repeat(300),
  }));
  const { webtask, state } = await openStored({ logs: records });
  expect((await webtask.cron()).statusCode).toBe(200);
  expect(Buffer.byteLength(JSON.stringify(state()))).toBeLessThanOrEqual(400 * 1024);
  expect(state().logs.at(-2)?.logsProcessed).toBe(1_499);
  expect(state().logs[0]?.logsProcessed).toBeGreaterThan(0);
});

test.each([['text that is no JSON'], [[1, 2, 3]], [7], [{ checkpointId: 42 }]])(
  'a damaged document (%j) stops the export in words and is not overwritten; START_FROM starts anew',
  async (damaged) => {
    const { sandbox, webtask, storage, state } = await openStored(damaged);
    const { statusCode, body } = await webtask.cron();
    expect(statusCode).toBe(500);
    expect(body.status.error?.message).toContain('The stored state is damaged');
    expect(body.status.error?.message).toContain('START_FROM');
    expect(JSON.stringify(sandbox.slack.messages)).toContain('The stored state is damaged');
    expect(storage.document()).toEqual(damaged);
    expect(sandbox.segment.requests).toBe(0);

    webtask.secrets.START_FROM = logs.idAt(0);
    const anew = await webtask.cron();
    expect(anew.statusCode).toBe(200);
    expect(anew.body.status.warning).toContain('The stored state was damaged and has been replaced');
    expect(state()).toMatchObject({ checkpointId: logs.idAt(399), startFrom: logs.idAt(0) });
    expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
  },
);

test('a damaged state and a mistyped START_FROM do not make a first start of it', async () => {
  const { sandbox, webtask, state } = await openStored('half a docu');
  webtask.secrets.START_FROM = 'mistyped';
  expect((await webtask.cron()).body.status.error?.message).toContain(
    'the log that START_FROM names, "mistyped"',
  );
  webtask.secrets.START_FROM = '';
  const cleared = await webtask.cron();
  expect(cleared.statusCode).toBe(500);
  expect(cleared.body.status.error?.message).toContain('the checkpoint is not known');
  expect(sandbox.segment.requests).toBe(0);
  webtask.secrets.START_FROM = logs.idAt(100);
  expect((await webtask.cron()).statusCode).toBe(200);
  expect(state()).toMatchObject({ checkpointId: logs.idAt(399) });
  expect(state()).not.toHaveProperty('checkpointLost');
});

test('an empty document starts with the oldest log; one of a newer version keeps what is not known', async () => {
  const { sandbox, webtask, state } = await openStored({
    version: 9,
    shards: ['a'],
    checkpointId: logs.idAt(199),
  });
  expect((await webtask.cron()).body.status.logsRead).toBe(200);
  expect(state()).toMatchObject({ version: 9, shards: ['a'] });
  expect(deliveryGaps(sandbox).unknown).toEqual([]);
});

test('a storage that does not answer fails the run within its time', async () => {
  const { webtask, storage, clock } = await openStored();
  storage.fail('get', ...Array(10).fill('hang'));
  const begun = clock.monotonic();
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(500);
  expect(body.status.error?.message).toContain('The stored state could not be read');
  expect(clock.monotonic() - begun).toBeLessThan(9_000);
});
