import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { openExport } from '../support/open-export';
import { trackId } from '../support/track-id';

const logs = generateLogs({ count: 420, users: 80 });

test.each([
  ['1', 1],
  ['7', 7],
  ['50', 50],
  ['100', 100],
  ['', 100],
])('BATCH_SIZE %j sends the number of batches of the formula', async (value, size) => {
  const { sandbox, webtask } = await openExport({
    sandbox: { tenant: { logs } },
    secrets: { BATCH_SIZE: value },
  });
  const { statusCode, body } = await webtask.cron();
  const selected = [...sandbox.tenant.selectedLogs()].length;
  expect(statusCode).toBe(200);
  expect(body.status.batches).toBe(Math.ceil(selected / size));
  expect(body.status.logsProcessed).toBe(selected);
  expect(body.status.warning).toBeUndefined();
});

test('each batch but the last holds exactly BATCH_SIZE logs', async () => {
  const { sandbox, webtask } = await openExport({
    sandbox: { tenant: { logs: generateLogs({ count: 420, users: 80, withoutUserShare: 0 }) } },
    secrets: { BATCH_SIZE: '50' },
  });
  await webtask.cron();
  const selected = [...sandbox.tenant.selectedLogs()];
  const tracks = sandbox.segment.tracks();
  expect(sandbox.segment.requests).toBe(Math.ceil(selected.length / 50));
  expect(tracks.map((track) => track.messageId).sort()).toEqual(
    selected.map((log) => trackId(sandbox, log.log_id)),
  );
});

test('BATCH_SIZE 250 is taken as 100, with a warning in the run', async () => {
  const { sandbox, webtask } = await openExport({
    sandbox: { tenant: { logs } },
    secrets: { BATCH_SIZE: '250' },
  });
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(200);
  expect(body.status.batches).toBe(Math.ceil([...sandbox.tenant.selectedLogs()].length / 100));
  expect(body.status.warning).toContain('BATCH_SIZE is "250", more than the maximum of 100');
  expect(webtask.state().logs[0]?.warning).toBe(body.status.warning);
});

test.each(['abc', '0', '-3', '12.5'])(
  'BATCH_SIZE %j fails the run, naming the value and the range',
  async (value) => {
    const { sandbox, webtask } = await openExport({
      sandbox: { tenant: { logs } },
      secrets: { BATCH_SIZE: value },
    });
    const { statusCode, body } = await webtask.cron();
    expect(statusCode).toBe(500);
    expect(body.status.error?.message).toBe(
      `BATCH_SIZE is ${JSON.stringify(value)}. It must be a whole number from 1 to 100. Correct the settings that are named.`,
    );
    expect(webtask.state().logs[0]?.error).toEqual(body.status.error);
    expect(JSON.stringify(sandbox.slack.messages)).toContain('It must be a whole number from 1 to 100.');
    expect(sandbox.tenant.requests).toMatchObject({ token: 0, logs: 0 });
    expect(sandbox.segment.requests).toBe(0);
    expect(webtask.state().checkpointId ?? null).toBeNull();
  },
);
