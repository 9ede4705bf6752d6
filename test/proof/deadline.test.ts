import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { deliveryGaps } from '../support/delivery-gaps';
import { openExport } from '../support/open-export';

/** Milliseconds that the platform allows, and what an answer takes. */
const ANSWERED_MS = 22_500;

const logs = generateLogs({ count: 2_000, users: 100 });

test.concurrent.for(['token', 'logs', 'user', 'batch'])(
  'a run on the platform ends by itself within 22 s when %s and Slack never answer, with its record',
  { timeout: 60_000 },
  async (endpoint, { expect, onTestFinished }) => {
    const { sandbox, webtask } = await openExport({ sandbox: { tenant: { logs } } }, onTestFinished);
    const peer = endpoint === 'batch' ? sandbox.segment : sandbox.tenant;
    peer.faults.add({ endpoint, at: 3, times: Number.POSITIVE_INFINITY, fault: { kind: 'hang' } });
    if (endpoint === 'token')
      peer.faults.add({ endpoint, times: Number.POSITIVE_INFINITY, fault: { kind: 'hang' } });
    sandbox.slack.faults.add({ times: Number.POSITIVE_INFINITY, fault: { kind: 'hang' } });

    // A timer of the same process: where the machine is busy, it is as late as those of the run.
    const timeIsUp = delay(ANSWERED_MS, 'time is up', { ref: false });
    const answered = webtask.cron();
    expect(await Promise.race([answered.then(() => 'answered'), timeIsUp])).toBe('answered');
    const { statusCode, body } = await answered;
    expect(statusCode).toBe(500);
    expect(body.status.error?.message).toContain('there was no answer in time');
    expect(body.status.warning).toContain('The report could not be sent to Slack');
    expect(webtask.state().logs.at(-1)?.error).toEqual(body.status.error);
    expect(webtask.state().lease).toBeNull();

    peer.faults.clear();
    sandbox.slack.faults.clear();
    expect((await webtask.cron()).statusCode).toBe(200);
    expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
  },
);

test('a run on the platform exports logs within 22 s when user searches never answer', {
  timeout: 60_000,
}, async () => {
  const { sandbox, webtask } = await openExport({ sandbox: { tenant: { logs } } });
  const fault = { kind: 'hang' as const };
  sandbox.tenant.faults.add({ endpoint: 'user-search', times: Number.POSITIVE_INFINITY, fault });
  const begun = Date.now();
  const { statusCode, body } = await webtask.cron();
  expect(Date.now() - begun).toBeLessThan(22_500);
  expect(statusCode).toBe(200);
  expect(body.status.warning).toContain("Auth0's user search failed");
  expect(body.status.logsProcessed).toBeGreaterThan(0);
  expect(body.checkpoint).not.toBeNull();
});
