import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { SegmentOptions, SegmentSandbox } from '../../../../server/sandbox/segment';
import { openSandbox } from '../open-sandbox';

type Call = Record<string, unknown>;

async function openSegment(options: SegmentOptions = {}): Promise<SegmentSandbox> {
  return (await openSandbox({ segment: options })).segment;
}

async function post(
  { url, writeKey }: SegmentSandbox,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`;
  const init = { method: 'POST', headers: { authorization, ...headers }, body };
  return (await fetch(`${url}/v1/batch`, init)).status;
}

const send = (segment: SegmentSandbox, ...batch: Call[]) => post(segment, JSON.stringify({ batch }));

const track = (messageId: string, more: Call = {}): Call => ({
  type: 'track',
  event: 'Success Login',
  userId: 'auth0|1',
  messageId,
  ...more,
});

/** A track of exactly `bytes` bytes of JSON. */
function trackOf(bytes: number, messageId = 'sized'): Call {
  const bare = track(messageId, { properties: { text: '' } });
  return { ...bare, properties: { text: 'x'.repeat(bytes - JSON.stringify(bare).length) } };
}

describe("Segment's batch endpoint", () => {
  test('takes tracks and identifies in the order of arrival', async () => {
    const segment = await openSegment();
    const identify = { type: 'identify', userId: 'auth0|1', messageId: 'i1', traits: { name: 'Ada' } };
    expect(await send(segment, identify, track('t1'), track('t2'))).toBe(200);
    expect(segment.received.map(({ messageId }) => messageId)).toEqual(['i1', 't1', 't2']);
    expect(segment.tracks().map(({ messageId }) => messageId)).toEqual(['t1', 't2']);
    expect(segment.identifies()).toEqual([identify]);
    expect(segment.statuses).toEqual({ 200: 1 });
  });

  test('stores receivedAt - (sentAt - timestamp), and the timestamp as it was sent', async () => {
    const now = Date.parse('2026-03-01T12:00:00.000Z');
    const segment = await openSegment({ now: () => now });
    const timestamp = '2026-03-01T12:55:00.000Z';
    const batch = [track('t1', { timestamp }), track('t2')];
    await post(segment, JSON.stringify({ batch, sentAt: '2026-03-01T13:00:00.000Z' }));
    expect(segment.tracks()).toEqual([
      { ...track('t1'), timestamp: '2026-03-01T11:55:00.000Z', originalTimestamp: timestamp },
      track('t2'),
    ]);
  });

  test('keeps each event as it arrived, with the digits of its numbers', async () => {
    const segment = await openSegment();
    const json = '{"type":"track","event":"]{","userId":"1","messageId":"n","properties":{"n":[1e999,1.10]}}';
    await post(segment, `{"context":[{"x":1}],"batch":[ ${json} ],"other":[{}]}`);
    expect(segment.received.map(segment.jsonOf)).toEqual([json]);
  });

  test('deduplicates by messageId, across requests', async () => {
    const segment = await openSegment();
    await send(segment, track('a'), track('b'), track('a'));
    await send(segment, track('b'));
    expect(segment.received).toHaveLength(2);
    expect([segment.duplicates, segment.accepted]).toEqual([2, 4]);
    expect([...segment.ids('track')]).toEqual([
      ['a', 2],
      ['b', 2],
    ]);
  });

  test('deduplicates across its sources', async () => {
    const segment = await openSegment({ otherWriteKeys: ['other'] });
    const headers = { authorization: `Basic ${Buffer.from('other:').toString('base64')}` };
    await post(segment, JSON.stringify({ batch: [track('a'), track('b')] }), headers);
    await send(segment, track('a'), track('c'));
    const at = (key: string) => segment.receivedAt(key).map(({ messageId }) => messageId);
    expect([at('other'), at(segment.writeKey), segment.duplicates]).toEqual([['a', 'b'], ['c'], 1]);
  });

  test('takes compressed requests', async () => {
    const segment = await openSegment();
    const body = new Uint8Array(gzipSync(JSON.stringify({ batch: [track('a')] })));
    expect(await post(segment, body, { 'content-encoding': 'gzip' })).toBe(200);
    expect(segment.received).toHaveLength(1);
    expect(await post(segment, 'not gzip', { 'content-encoding': 'gzip' })).toBe(400);
  });

  test('takes an event of 32 KB and refuses the whole request for one byte more', async () => {
    const segment = await openSegment();
    expect(await send(segment, trackOf(32 * 1024, 'fits'))).toBe(200);
    expect(await send(segment, track('bystander'), trackOf(32 * 1024 + 1, 'too-large'))).toBe(400);
    expect([...segment.ids('track').keys()]).toEqual(['fits']);
  });

  test('counts bytes, not characters', async () => {
    const segment = await openSegment();
    expect(await send(segment, track('wide', { properties: { text: '語'.repeat(11_000) } }))).toBe(400);
  });

  test('takes a request of 500 KB and refuses one byte more', async () => {
    const segment = await openSegment();
    const body = (bytes: number) => {
      const text = JSON.stringify({ batch: [track('a')] });
      return text + ' '.repeat(bytes - text.length);
    };
    expect(await post(segment, body(500 * 1024))).toBe(200);
    expect(await post(segment, body(500 * 1024 + 1))).toBe(400);
    expect(segment.requestSizes).toEqual([500 * 1024, 500 * 1024 + 1]);
  });

  test('takes 2,500 events and refuses 2,501', async () => {
    const segment = await openSegment();
    const events = Array.from({ length: 2501 }, (_, index) => track(String(index)));
    expect(await send(segment, ...events)).toBe(400);
    expect(await send(segment, ...events.slice(1))).toBe(200);
    expect(segment.received).toHaveLength(2500);
  });

  test.each(['{"batch":[', '[]', '{}', '{"batch":{}}', '{"batch":["text"]}'])('refuses %s', async (body) => {
    expect(await post(await openSegment(), body)).toBe(400);
  });

  test('answers 200 to what it drops later, and says why', async () => {
    const segment = await openSegment();
    const status = await send(
      segment,
      track('no-user', { userId: '' }),
      track('no-event', { event: undefined }),
      track('x'.repeat(101)),
      track('x'.repeat(100)),
      track('odd', { type: 'purchase' }),
      track('anonymous', { userId: undefined, anonymousId: 'somebody' }),
    );
    expect(status).toBe(200);
    expect(segment.dropped.map(({ reason }) => reason)).toEqual([
      'neither userId nor anonymousId',
      'track without event',
      'messageId over 100 characters',
      'unknown type',
    ]);
    expect(segment.received).toHaveLength(2);
  });

  test('answers 200 to an unknown write key and drops everything', async () => {
    const segment = await openSegment();
    const headers = { authorization: `Basic ${Buffer.from('mistyped:').toString('base64')}` };
    expect(await post(segment, JSON.stringify({ batch: [track('a')] }), headers)).toBe(200);
    expect(segment.received).toEqual([]);
    expect(segment.dropped.map(({ reason }) => reason)).toEqual(['unknown write key']);
  });

  test('answers an unknown write key as it is told to', async () => {
    const segment = await openSegment({ unknownKeyStatus: 401 });
    expect(await post(segment, '{"batch":[]}', { authorization: 'Basic bm9ib2R5Og==' })).toBe(401);
  });

  test('takes the write key from the body too', async () => {
    const segment = await openSegment({ writeKey: 'key' });
    const body = JSON.stringify({ writeKey: 'key', batch: [track('a')] });
    await post(segment, body, { authorization: '' });
    expect(segment.received).toHaveLength(1);
  });

  test('refuses a request with a poisoned call whole, until the refusal ends', async () => {
    const segment = await openSegment();
    const end = segment.refuse(({ messageId }) => messageId === 'poison');
    expect(await send(segment, track('a'), track('poison'))).toBe(400);
    expect(segment.received).toEqual([]);
    expect(await send(segment, track('a'))).toBe(200);
    end();
    expect(await send(segment, track('poison'))).toBe(200);
  });

  test('keeps ids only, or nothing, where events are too many', async () => {
    const [ids, none] = [await openSegment({ keep: 'ids' }), await openSegment({ keep: 'none' })];
    for (const segment of [ids, none]) {
      await send(segment, track('a'), track('a'));
      expect(segment.received).toEqual([]);
      expect(segment.accepted).toBe(2);
    }
    expect([ids.ids('track').size, ids.ids('identify').size, ids.duplicates]).toEqual([1, 0, 1]);
    expect([none.ids('track').size, none.duplicates]).toEqual([0, 0]);
  });

  test('gives a call without messageId one of its own', async () => {
    const segment = await openSegment();
    const { messageId: _, ...anonymous } = track('');
    await send(segment, anonymous, anonymous);
    expect(segment.received).toHaveLength(2);
  });

  test('forgets everything on reset', async () => {
    const segment = await openSegment();
    await send(segment, track('a'), track('a'), {});
    segment.reset();
    const { requests, received, duplicates, dropped, requestSizes, statuses } = segment;
    expect([requests, received, duplicates, dropped, requestSizes, statuses]).toEqual([0, [], 0, [], [], {}]);
  });

  test('has one endpoint', async () => {
    const { url } = await openSegment();
    expect((await fetch(`${url}/v1/track`, { method: 'POST' })).status).toBe(404);
  });
});
