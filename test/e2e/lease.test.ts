import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { deliveryGaps } from '../support/delivery-gaps';
import { openExport } from '../support/open-export';
import { openVirtualExport } from '../support/open-virtual-export';
import { platformStorage } from '../support/platform-storage';
import type { StoredDocument } from '../support/stored-document';

const logs = generateLogs({ count: 300, users: 40 });

test.each(["the platform's", "the local runtime's"])(
  'of 20 triggers at once on %s storage, one exports and the others are told who does',
  async (kind) => {
    const storage = kind === "the platform's" ? { storage: platformStorage().handle } : {};
    const { sandbox, webtask } = await openExport({
      sandbox: { tenant: { logs }, latencyMs: 5 },
      ...storage,
    });
    const results = await Promise.all(Array.from({ length: 20 }, () => webtask.cron()));
    expect(results.map((result) => result.statusCode).sort()).toEqual([200, ...Array(19).fill(409)]);
    for (const { statusCode, body } of results) {
      if (statusCode === 409)
        expect(body).toMatchObject({
          error: 'run_under_way',
          message: expect.stringMatching(/Another run is under way since 2\d{3}-.*exported nothing/),
        });
    }
    expect(sandbox.tenant.requests.token).toBe(1);
    expect(sandbox.segment.duplicates).toBe(0);
    expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
    expect((await webtask.cron()).statusCode).toBe(200);
  },
);

/** Returns the state that a killed run leaves: its lease expires in so many seconds. */
function leftBehind(secondsLeft: number, now: number): object {
  const start = new Date(now - 60_000).toISOString();
  const progress = {
    start,
    end: start,
    startCheckpoint: logs.idAt(49),
    checkpoint: logs.idAt(99),
    logsRead: 50,
    logsProcessed: 28,
    batches: 1,
    skipped: 0,
    rejected: [],
  };
  const expiresAt = new Date(now + secondsLeft * 1000).toISOString();
  return {
    checkpointId: logs.idAt(99),
    lease: { owner: 'a dead run', startedAt: start, expiresAt, progress },
  };
}

test('the lease of a run that died is taken over by the next scheduled one at once, and leaves a record and a report', async () => {
  const { sandbox, webtask, storage, clock } = await openVirtualExport({ sandbox: { tenant: { logs } } });
  storage.overwrite(leftBehind(-120, clock.now()));
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(200);
  expect(body.status).toMatchObject({ startCheckpoint: logs.idAt(99), logsRead: 200 });
  expect(body.status.warning).toContain('was cut off before its end');
  const state = storage.document() as StoredDocument;
  expect(state.lease).toBeNull();
  expect(state.logs[0]).toMatchObject({ logsProcessed: 28, error: { checkpoint: logs.idAt(99) } });
  expect(state.logs[0]?.error?.message).toContain('was cut off before its end');
  expect(JSON.stringify(sandbox.slack.messages)).toContain('was cut off before its end');
});

test('the lease of a run that has only just expired is watched, and taken over within 30 seconds', async () => {
  const { webtask, storage, clock } = await openVirtualExport({ sandbox: { tenant: { logs } } });
  storage.overwrite(leftBehind(-1, clock.now()));
  const asked = clock.monotonic();
  const { statusCode, body } = await webtask.cron();
  expect(clock.monotonic() - asked).toBeGreaterThanOrEqual(15_000);
  expect(clock.monotonic() - asked).toBeLessThan(30_000);
  expect(statusCode).toBe(200);
  expect(body.status.warning).toContain('was cut off before its end');
});

test('the lease of a run that may still live keeps others out', async () => {
  const { sandbox, webtask, storage, clock } = await openVirtualExport({ sandbox: { tenant: { logs } } });
  storage.overwrite(leftBehind(10, clock.now()));
  expect((await webtask.cron()).statusCode).toBe(409);
  expect(sandbox.tenant.requests.token).toBe(0);
});

test('a lease is good for 15 seconds at most, and so is the watch of one in doubt: 30 for both', async () => {
  const { sandbox, webtask, storage, clock } = await openVirtualExport({ sandbox: { tenant: { logs } } });
  let longest = 0;
  storage.onSet = () => {
    const { lease } = (storage.document() ?? {}) as Partial<StoredDocument>;
    if (lease) longest = Math.max(longest, Date.parse(lease.expiresAt) - clock.now());
  };
  await webtask.cron();
  expect(longest).toBeGreaterThan(10_000);
  expect(longest).toBeLessThanOrEqual(15_000);
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('a run that another has taken over from stops, and leaves the other its state', async () => {
  const { webtask, storage, clock } = await openVirtualExport({
    sandbox: { tenant: { logs }, latencyMs: 5 },
    secrets: { BATCH_SIZE: '10' },
  });
  const other = {
    owner: 'the other',
    startedAt: new Date(clock.now()).toISOString(),
    expiresAt: new Date(clock.now() + 30_000).toISOString(),
  };
  let writes = 0;
  storage.onSet = () => {
    writes += 1;
    if (writes !== 3) return;
    const state = storage.document() as StoredDocument;
    storage.overwrite({ ...state, lease: { ...state.lease, ...other } });
  };
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(500);
  expect(body.status.error?.message).toContain('Another run has taken over');
  expect(storage.document()).toMatchObject({ lease: { owner: 'the other' } });
});
