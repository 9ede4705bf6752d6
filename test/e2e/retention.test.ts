import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { exportedLogs } from '../support/exported-logs';
import { openVirtualExport } from '../support/open-virtual-export';
import { trackId } from '../support/track-id';

const logs = generateLogs({ count: 400, users: 40 });

test.each(['following', '400', '404'] as const)(
  'a checkpoint that retention has passed (Auth0 answering %s) resumes from the oldest log left, and says so with the gap',
  async (unknownCheckpoint) => {
    const { sandbox, webtask } = await openVirtualExport({
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
  const { sandbox, webtask } = await openVirtualExport({ sandbox: { tenant: { logs } } });
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
  const { sandbox, webtask, clock } = await openVirtualExport({
    sandbox: { tenant: { logs }, latencyMs: 20 },
  });
  const run = webtask.cron();
  let requests = 0;
  while (requests < 3) {
    await clock.sleep(10);
    requests = sandbox.tenant.requests.logs;
  }
  sandbox.tenant.revokeTokens();
  expect((await run).statusCode).toBe(200);
  expect(sandbox.tenant.requests.token).toBe(2);
  expect(sandbox.segment.tracks()).toHaveLength(exportedLogs(sandbox).length);
});

test.each([
  ['404', { kind: 'status' as const, status: 404, body: '{"statusCode":404,"message":"Not Found"}' }],
  ['200 that is no log', { kind: 'body' as const, body: '{}' }],
])('one odd answer about the checkpoint (%s) sends nothing again that is done', async (_, fault) => {
  const { sandbox, webtask } = await openVirtualExport({
    sandbox: { tenant: { logs } },
    state: { checkpointId: logs.idAt(299), checkpointDate: logs.at(299).date },
  });
  sandbox.tenant.faults.add({ endpoint: 'log', fault });
  const { body } = await webtask.cron();
  if (body.status.error) await webtask.cron();
  const after = exportedLogs(sandbox).filter((log) => log.log_id > logs.idAt(299));
  expect(sandbox.segment.tracks().map(({ messageId }) => messageId)).toEqual(
    after.map((log) => trackId(sandbox, log.log_id)),
  );
  expect(body.status.warning ?? '').not.toContain('no longer known');
});

test('a rate limit that lets no run get anywhere is reported, not only waited for', async () => {
  const { sandbox, webtask } = await openVirtualExport({
    sandbox: { tenant: { logs } },
    secrets: { MAX_RUN_SECONDS: '4' },
  });
  const fault = { kind: 'status' as const, status: 429 };
  sandbox.tenant.faults.add({ endpoint: 'token', times: Number.POSITIVE_INFINITY, fault });
  const { statusCode, body } = await webtask.cron();
  expect(statusCode).toBe(200);
  expect(body.status.warning).toMatch(
    /More logs are waiting\. Auth0 returned 429 when requesting an access token/,
  );
  expect(JSON.stringify(sandbox.slack.messages)).toContain(
    'Auth0 returned 429 when requesting an access token',
  );
});
