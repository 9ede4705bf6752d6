import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { deliveryGaps } from '../support/delivery-gaps';
import { openExport } from '../support/open-export';
import { trackId } from '../support/track-id';

test('the first run on a tenant with more than 1,000 logs starts at the oldest and loses none', async () => {
  const { sandbox, webtask } = await openExport({
    sandbox: { tenant: { logs: generateLogs({ count: 2_500, users: 100 }) } },
  });
  const { body } = await webtask.cron();
  expect(body.status).toMatchObject({ startCheckpoint: null, logsRead: 2_500 });
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('the first run starts at the oldest log that is still retained', async () => {
  const { sandbox, webtask } = await openExport({
    sandbox: { tenant: { logs: generateLogs({ count: 1_500, users: 100 }), retainFrom: 321 } },
  });
  const { body } = await webtask.cron();
  expect(body.status.logsRead).toBe(1_500 - 321);
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});

test('a tenant without logs makes a run that does nothing and succeeds', async () => {
  const { sandbox, webtask } = await openExport({});
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(200);
  expect(body).toMatchObject({ checkpoint: null, status: { logsRead: 0, logsProcessed: 0, batches: 0 } });
  sandbox.tenant.setUser({ user_id: 'auth0|first' });
  const log = sandbox.tenant.addLog({ type: 'ss', user_id: 'auth0|first' });
  expect((await webtask.cron()).body.checkpoint).toBe(log.log_id);
});

test("the state that Auth0's own extension left is taken over", async () => {
  const logs = generateLogs({ count: 300, users: 50 });
  const { sandbox, webtask } = await openExport({
    sandbox: { tenant: { logs } },
    state: {
      checkpointId: logs.idAt(199),
      startFrom: logs.idAt(3),
      lastRun: '2023-04-30T10:00:00.000Z',
      logs_access_token: 'an-access-token-of-the-extension-before',
      someKey: { of: 'another version' },
      logs: [
        {
          start: '2023-04-30T09:55:00.000Z',
          end: '2023-04-30T09:55:10.000Z',
          logsProcessed: 40,
          checkpoint: logs.idAt(150),
        },
        {
          start: '2023-04-30T10:00:00.000Z',
          end: '2023-04-30T10:00:10.000Z',
          logsProcessed: 10,
          checkpoint: logs.idAt(199),
          error: [{ message: 'Segment is down' }, 'Skipping logs from 1 to 2 after 5 retries.'],
        },
      ],
    },
    secrets: { START_FROM: logs.idAt(3) },
  });
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(200);
  expect(body.status).toMatchObject({ startCheckpoint: logs.idAt(199), logsRead: 100 });
  const tracks = sandbox.segment.tracks().map((track) => track.messageId);
  expect(tracks.every((id) => id > trackId(sandbox, logs.idAt(199)))).toBe(true);
  const state = webtask.state();
  expect(state).toMatchObject({ startFrom: logs.idAt(3), someKey: { of: 'another version' } });
  expect(state.logs.map((record) => record.logsProcessed)).toEqual([40, 10, body.status.logsProcessed]);
  expect(state.logs[1]?.error?.message).toBe('Segment is down Skipping logs from 1 to 2 after 5 retries.');
  expect(JSON.stringify(state)).not.toContain('an-access-token-of-the-extension-before');
});
