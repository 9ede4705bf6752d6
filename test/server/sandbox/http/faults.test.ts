import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../../server/sandbox/http/faults';
import type { SegmentSandbox } from '../../../../server/sandbox/segment';
import { generateLogs } from '../../../../server/sandbox/tenant/generate-logs';
import { managementClient } from '../management-client';
import { openSandbox } from '../open-sandbox';

async function send({ url, writeKey }: SegmentSandbox, messageId: string): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`;
  const batch = [{ type: 'track', event: 'Success Login', userId: 'auth0|1', messageId }];
  try {
    const response = await fetch(`${url}/v1/batch`, {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify({ batch }),
    });
    return `${response.status} ${await response.text()}`;
  } catch (error) {
    return error instanceof Error ? causeOf(error) : 'broken';
  }
}

function causeOf(error: Error): string {
  return error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : error.message;
}

describe('faults', () => {
  test('strike the call that was asked for, as often as asked for', async () => {
    const { segment } = await openSandbox();
    segment.faults.add({ at: 2, times: 2, fault: { kind: 'status', status: 503, body: 'down' } });
    const answers: string[] = [];
    for (const id of ['1', '2', '3', '4']) answers.push(await send(segment, id));
    expect(answers).toEqual(['200 {"success":true}', '503 down', '503 down', '200 {"success":true}']);
  });

  test('count from when they were added, and only the endpoint they name', async () => {
    const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 3 }) } });
    const call = await managementClient(sandbox);
    sandbox.tenant.faults.add({ endpoint: 'log', fault: { kind: 'status', status: 500 } });
    expect((await call('logs')).status).toBe(200);
    expect((await call(`logs/${sandbox.tenant.logAt(0).log_id}`)).status).toBe(500);
    expect((await call(`logs/${sandbox.tenant.logAt(0).log_id}`)).status).toBe(200);
  });

  test('go on without end where asked, until they are cleared', async () => {
    const { segment } = await openSandbox();
    segment.faults.add({ times: Number.POSITIVE_INFINITY, fault: { kind: 'status', status: 500 } });
    for (let index = 0; index < 5; index++) expect(await send(segment, 'a')).toBe('500 ');
    segment.faults.clear();
    expect(await send(segment, 'a')).toContain('200');
  });

  test('carry the headers and the content type of a status', async () => {
    const { slack } = await openSandbox();
    const fault: Fault = {
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '30' },
      body: 'slow down',
      contentType: 'text/plain',
    };
    slack.faults.add({ fault });
    const response = await fetch(slack.webhookUrl, { method: 'POST', body: '{"text":"hello"}' });
    expect(response.headers.get('retry-after')).toBe('30');
    expect(response.headers.get('content-type')).toBe('text/plain');
    expect(slack.messages).toEqual([]);
  });

  test.each<{ fault: Fault; outcome: RegExp; taken: boolean }>([
    { fault: { kind: 'status', status: 500 }, outcome: /^500/, taken: false },
    { fault: { kind: 'body', body: '<html>' }, outcome: /^200 <html>$/, taken: false },
    { fault: { kind: 'refuse' }, outcome: /ECONNRESET|UND_ERR_SOCKET/, taken: false },
    { fault: { kind: 'delay', ms: 5 }, outcome: /^200 {"success":true}$/, taken: true },
    { fault: { kind: 'cut' }, outcome: /UND_ERR_SOCKET|terminated/, taken: true },
    { fault: { kind: 'afterwards-cut' }, outcome: /UND_ERR_SOCKET/, taken: true },
  ])('$fault.kind: what was sent is taken: $taken', async ({ fault, outcome, taken }) => {
    const { segment } = await openSandbox();
    segment.faults.add({ fault });
    expect(await send(segment, 'log-1')).toMatch(outcome);
    expect(segment.received).toHaveLength(taken ? 1 : 0);
    expect(segment.requests).toBe(1);
  });

  test('a cut breaks off after the headers and half of the real body', async () => {
    const { segment } = await openSandbox();
    segment.faults.add({ fault: { kind: 'cut' } });
    const response = await fetch(`${segment.url}/v1/batch`, { method: 'POST', body: '{"batch":[]}' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('16');
    const pieces: string[] = [];
    await expect(async () => {
      for await (const piece of response.body ?? []) pieces.push(Buffer.from(piece).toString());
    }).rejects.toThrow();
    expect(pieces.join('')).toBe('{"succes');
  });

  test('a hanging request is never answered and not taken', async () => {
    const { segment } = await openSandbox();
    segment.faults.add({ fault: { kind: 'hang' } });
    const signal = AbortSignal.timeout(20);
    await expect(fetch(`${segment.url}/v1/batch`, { method: 'POST', body: '{}', signal })).rejects.toThrow();
    expect(segment.received).toEqual([]);
  });

  test('delivering again after a cut arrives as a duplicate', async () => {
    const { segment } = await openSandbox();
    segment.faults.add({ fault: { kind: 'afterwards-cut' } });
    await send(segment, 'log-1');
    await send(segment, 'log-1');
    expect(segment.received).toHaveLength(1);
    expect(segment.duplicates).toBe(1);
  });
});

describe('a paused server', () => {
  test('refuses connections, and listens on the same port once resumed', async () => {
    const { segment } = await openSandbox();
    expect(await send(segment, 'before')).toContain('200');
    await segment.server.pause();
    expect(await send(segment, 'meanwhile')).toBe('ECONNREFUSED');
    await segment.server.resume();
    expect(await send(segment, 'after')).toContain('200');
    expect(segment.received.map(({ messageId }) => messageId)).toEqual(['before', 'after']);
  });
});
