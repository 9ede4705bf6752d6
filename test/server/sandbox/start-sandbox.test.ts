import { describe, expect, test } from 'vitest';
import { startSandbox } from '../../../server/sandbox/sandbox';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { managementClient } from './management-client';
import { openSandbox } from './open-sandbox';

describe('startSandbox', () => {
  test('hands out what a host passes to the extension, all of it on this machine', async () => {
    const sandbox = await openSandbox();
    const secrets = sandbox.secrets();
    expect(Object.keys(secrets).sort()).toEqual([
      'AUTH0_CLIENT_ID',
      'AUTH0_CLIENT_SECRET',
      'AUTH0_DOMAIN',
      'EXTENSION_SECRET',
      'SEGMENT_ENDPOINT',
      'SEGMENT_KEY',
      'SLACK_INCOMING_WEBHOOK',
    ]);
    expect(secrets.AUTH0_DOMAIN).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(secrets.SEGMENT_ENDPOINT).toBe(sandbox.segment.url);
    expect(secrets.SLACK_INCOMING_WEBHOOK).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/services\/T000\/B000\/\w+$/);
  });

  test('runs several at once without one seeing the other', async () => {
    const [one, other] = await Promise.all([openSandbox(), openSandbox()]);
    one.tenant.addLog();
    expect(other.tenant.logCount).toBe(0);
    expect(one.tenant.url).not.toBe(other.tenant.url);
  });

  test('compresses large answers, and only when it is told to', async () => {
    const logs = generateLogs({ count: 20 });
    for (const compress of [true, false]) {
      const call = await managementClient(await openSandbox({ compress, tenant: { logs } }));
      const { headers, body } = await call('logs?per_page=20');
      expect(headers.get('content-encoding')).toBe(compress ? 'gzip' : null);
      expect(body).toHaveLength(20);
    }
  });

  test('answers no earlier than the latency asked for', async () => {
    const { slack } = await openSandbox({ latencyMs: 15 });
    const started = performance.now();
    await fetch(slack.webhookUrl, { method: 'POST', body: '{"text":"hello"}' });
    expect(performance.now() - started).toBeGreaterThanOrEqual(15);
  });

  test('ends hanging requests and long waits at once when it is closed', async () => {
    const sandbox = await startSandbox();
    sandbox.slack.faults.add({ fault: { kind: 'hang' } });
    sandbox.segment.faults.add({ fault: { kind: 'delay', ms: 3_600_000 } });
    const outcomes = Promise.allSettled([
      fetch(sandbox.slack.webhookUrl, { method: 'POST', body: '{}' }),
      fetch(`${sandbox.segment.url}/v1/batch`, { method: 'POST', body: '{}' }),
    ]);
    await expect.poll(() => [sandbox.slack.requests, sandbox.segment.requests]).toEqual([1, 1]);
    await sandbox.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
