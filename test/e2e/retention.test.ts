import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { exportedLogs } from '../support/exported-logs';
import { openExport } from '../support/open-export';

const logs = generateLogs({ count: 400, users: 40 });

test.each(['400', '404', 'oldest'] as const)(
  'a checkpoint that retention has passed (Auth0 answering %s) goes on from the oldest log left, and says so with the gap',
  async (unknownCheckpoint) => {
    const { sandbox, webtask } = await openExport({
      sandbox: { tenant: { logs, unknownCheckpoint } },
      state: { checkpointId: logs.idAt(99), checkpointDate: logs.at(99).date },
    });
    sandbox.tenant.expireBefore(logs.idAt(200));
    const { statusCode, body } = await webtask.cron();
    expect(statusCode).toBe(200);
    expect(body.status.logsRead).toBe(200);
    expect(body.status.warning).toContain(
      `The checkpoint ${logs.idAt(99)} of ${logs.at(99).date} is no longer known`,
    );
    expect(body.status.warning).toContain(logs.at(200).date);
    expect(webtask.state().logs.at(-1)?.warning).toBe(body.status.warning);
    expect(JSON.stringify(sandbox.slack.messages)).toContain('no longer known to Auth0');
    expect(sandbox.segment.tracks()).toHaveLength(exportedLogs(sandbox).length);
    expect((await webtask.cron()).body.status.warning).toBeUndefined();
  },
);

test('a checkpoint that retention has passed between two runs that had read everything is no gap', async () => {
  const { sandbox, webtask } = await openExport({ sandbox: { tenant: { logs } } });
  await webtask.cron();
  const added = sandbox.tenant.addLog({ type: 's' });
  sandbox.tenant.expireBefore(added.log_id);
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(200);
  expect(body.status).toMatchObject({ logsProcessed: 1, checkpoint: added.log_id });
  expect(body.status.warning).toBeUndefined();
  expect(sandbox.slack.messages).toEqual([]);
});

test('an access token that is revoked in the middle of a run is renewed', async () => {
  const { sandbox, webtask } = await openExport({ sandbox: { tenant: { logs }, latencyMs: 20 } });
  const run = webtask.cron();
  await expect.poll(() => sandbox.tenant.requests.logs, { interval: 1 }).toBeGreaterThan(2);
  sandbox.tenant.revokeTokens();
  expect((await run).statusCode).toBe(200);
  expect(sandbox.tenant.requests.token).toBe(2);
  expect(sandbox.segment.tracks()).toHaveLength(exportedLogs(sandbox).length);
});
