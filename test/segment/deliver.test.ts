import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Fault } from '../../server/sandbox/http/faults';
import { type SegmentOptions, startSegment } from '../../server/sandbox/segment';
import { defaultShape } from '../../src/choices/shape';
import { packCalls, type SegmentCall, toSegmentCalls } from '../../src/segment/calls';
import { createSegmentSink } from '../../src/segment/deliver';
import { toSegmentUser } from '../../src/segment/profile';
import { sendCalls } from '../../src/segment/send';
import { createDeadline } from '../../src/time';
import { fakeClock } from '../support/fake-clock';

const SOURCE = '00c0ffee00c0ffee';

async function openSegment(options: SegmentOptions = {}) {
  const segment = await startSegment(options, {});
  onTestFinished(() => segment.server.close());
  return segment;
}

/** A delivery to a sandbox, whose waits take no time but move the run's clock. */
async function open({
  budgetMs = 22_000,
  writeKey,
  fetch = globalThis.fetch,
  isFirstRun = false,
  ...options
}: SegmentOptions & { budgetMs?: number; fetch?: typeof globalThis.fetch; isFirstRun?: boolean } = {}) {
  const segment = await openSegment(options);
  const clock = fakeClock({ skipsWaits: true });
  const deadline = createDeadline({ clock, budgetMs });
  let requests = 0;
  const retries: string[] = [];
  const deliver = createSegmentSink({
    writeKey: writeKey ?? segment.writeKey,
    endpoint: segment.url,
    fetch,
    clock,
    deadline,
    random: () => 0,
    onRequest: () => {
      requests += 1;
    },
    onRetry: (sentence) => retries.push(sentence),
    isFirstRun,
  });
  return { segment, clock, deadline, deliver, retries, requests: () => requests };
}

const logsOf = (count: number, userOf = (n: number) => `user ${n}`) =>
  Array.from({ length: count }, (_, n) => ({
    id: `9002026030111550000000000000000000000000000000000000${String(n).padStart(4, '0')}`,
    type: 's',
    date: '2026-03-01T11:55:00.000Z',
    userId: userOf(n),
  }));

const callsOf = (count: number, profile: Record<string, unknown> = {}, userOf?: (n: number) => string) => {
  const logs = logsOf(count, userOf);
  const users = logs.map(
    ({ userId }) => [userId, toSegmentUser({ user_id: userId, ...profile }, userId, defaultShape)] as const,
  );
  return toSegmentCalls(logs, new Map(users), SOURCE, defaultShape).calls;
};

const status = (code: number, headers: Record<string, string> = {}): Fault => ({
  kind: 'status',
  status: code,
  headers,
});

describe('tries again', () => {
  test('with a line for each wait: the cause, how long, the number of the try', async () => {
    const { segment, deliver, retries } = await open();
    const { host } = new URL(segment.url);
    segment.faults.add({ fault: { kind: 'status', status: 503 } });
    segment.faults.add({ at: 2, fault: { kind: 'body', body: 'hello' } });
    expect(await deliver(callsOf(1))).toEqual({ rejected: [] });
    expect(retries).toEqual([
      `Segment returned 503 at ${host}; trying again in 0.3 s (try 2).`,
      `${host} returned 200 without Segment's confirmation ({"success": true}); trying again in 0.5 s (try 3).`,
    ]);
  });

  test('no host name that does not exist where nothing was ever exported', async () => {
    const fetch = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND nobody'), { code: 'ENOTFOUND' });
    };
    const first = await open({ fetch, isFirstRun: true });
    expect((await first.deliver(callsOf(1))).failure?.error.code).toBe('segment_host_unknown');
    expect([first.requests(), first.retries]).toEqual([1, []]);
    const later = await open({ fetch });
    expect((await later.deliver(callsOf(1))).failure?.error.code).toBe('segment_host_unknown');
    expect(later.requests()).toBeGreaterThan(3);
  });
});

describe('delivering a batch', () => {
  test('is one request, of which Segment accepts every call as it was made', async () => {
    const { segment, deliver, requests } = await open();
    const calls = callsOf(100);
    expect(await deliver(calls)).toEqual({ rejected: [] });
    expect([requests(), segment.requests]).toEqual([1, 1]);
    expect([segment.tracks().length, segment.identifies().length, segment.dropped]).toEqual([100, 100, []]);
    const [first] = segment.tracks();
    expect(first).toMatchObject({
      type: 'track',
      userId: 'user 0',
      messageId: `auth0-track-${logsOf(1)[0]?.id}-${SOURCE}`,
      originalTimestamp: '2026-03-01T11:55:00.000Z',
      properties: { user_id: 'user 0' },
    });
    expect(segment.identifies()[0]?.traits).toEqual({ user_id: 'user 0' });
    expect(segment.received.map(({ messageId }) => messageId)).toEqual(calls.map((call) => call.messageId));
  });

  test('of nothing is no request', async () => {
    const { deliver, requests } = await open();
    expect(await deliver([])).toEqual({ rejected: [] });
    expect(requests()).toBe(0);
  });

  test('again is the same to Segment', async () => {
    const { segment, deliver } = await open();
    await deliver(callsOf(10));
    await deliver(callsOf(10));
    expect([segment.received.length, segment.duplicates]).toEqual([20, 20]);
  });

  test.each([
    ['plain', 'x'.repeat(30_000)],
    ['of a letter that the client library counts twice', 'i'.repeat(30_850)],
    ['in another script', '日'.repeat(10_000)],
    ['of emoji', '😀'.repeat(7_500)],
    ['of escapes', '"\\\n\u0001'.repeat(2_300)],
    ['of lone surrogates', '\ud800'.repeat(5_000)],
  ])('over 500 KB is several requests within every limit (a profile %s)', async (_what, blob) => {
    const { segment, deliver } = await open();
    const calls = callsOf(24, { blob });
    expect(await deliver(calls)).toEqual({ rejected: [] });
    expect(segment.statuses).toEqual({ 200: segment.requests });
    expect(segment.requests).toBeGreaterThan(2);
    // The client library sends no request of its own making, whose outcome would not be known.
    expect(segment.requests).toBe(packCalls(calls).length);
    expect(segment.requests).toBeLessThanOrEqual(Math.ceil((48 * 32) / 440));
    for (const size of segment.requestSizes) expect(size).toBeLessThanOrEqual(500 * 1024);
    expect(segment.received).toHaveLength(48);
    expect(segment.tracks()[0]?.properties?.blob).toBe(blob);
  });
});

test('user ids alone never make the client library begin a request of its own', async () => {
  const { segment, deliver, requests } = await open();
  // 30,901 bytes each, and not fewer by the library's own count, which ends a request at 480 KB.
  const calls = callsOf(16, {}, (n) => `${'\u65e5'.repeat(10_300)}${String.fromCharCode(97 + n)}`);
  const tracks = calls.filter(({ type }) => type === 'track');
  expect(await deliver(tracks)).toEqual({ rejected: [] });
  expect(segment.requests).toBe(requests());
  expect(segment.tracks()).toHaveLength(16);
});

describe('how calls are measured', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ unit: 'grapheme', maxLength: 80 }),
    fc.array(fc.integer({ min: 0xd800, max: 0xdfff })).map((units) => String.fromCharCode(...units)),
  );
  const anyLog = fc.record({
    id: fc.oneof(fc.stringMatching(/^\d{56}$/), fc.string({ unit: 'binary', minLength: 1, maxLength: 90 })),
    type: fc.constantFrom('s', 'ss', 'f'),
    date: fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') })
      .map((d) => d.toISOString()),
    userId: text.filter((id) => id !== ''),
  });

  test('what is sent takes no more bytes than was counted, for each call and each request', async () => {
    const measured = fc.asyncProperty(
      fc.uniqueArray(anyLog, { minLength: 1, maxLength: 6, selector: ({ id }) => id }),
      fc.dictionary(text, fc.jsonValue({ maxDepth: 2 })),
      async (logs, profile) => {
        const users = new Map(
          logs.map(({ userId }) => [userId, toSegmentUser(profile, userId, defaultShape)]),
        );
        const { calls } = toSegmentCalls(logs, users, SOURCE, defaultShape);
        let body = '';
        const post = async (_url: string, init: { body: Uint8Array }) => {
          body = Buffer.from(init.body).toString();
          return { status: 200, headers: new Headers(), text: '{"success":true}' };
        };
        const answer = await sendCalls(
          { writeKey: 'key', endpoint: 'http://127.0.0.1', now: Date.now, post },
          calls,
        );
        expect(answer).toMatchObject({ status: 200 });
        const { batch } = JSON.parse(body) as { batch: { messageId: string }[] };
        expect(batch).toHaveLength(calls.length);
        for (const [index, event] of batch.entries()) {
          const call = calls[index];
          expect(event.messageId).toBe(call?.messageId);
          const bytes = Buffer.byteLength(JSON.stringify(event));
          expect(call?.bytes).toBeGreaterThanOrEqual(bytes);
          expect(bytes).toBeLessThanOrEqual(32 * 1024);
        }
        const counted = calls.reduce((sum, { bytes }) => sum + bytes + 1, 1_024);
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(counted);
      },
    );
    await fc.assert(measured, { numRuns: 60 });
  });

  test('calls are packed in order, into as few requests as the limits allow', () => {
    const sized = fc.array(fc.integer({ min: 300, max: 32 * 1024 }), { maxLength: 300 });
    fc.assert(
      fc.property(sized, (sizes) => {
        const calls = sizes.map((bytes, n) => ({ bytes, messageId: `${n}` }) as SegmentCall);
        const requests = packCalls(calls);
        expect(requests.flat()).toEqual(calls);
        const bytesOf = (request: SegmentCall[]) => request.reduce((sum, call) => sum + call.bytes + 1, 0);
        for (const [index, request] of requests.entries()) {
          expect(request.length).toBeGreaterThan(0);
          expect(bytesOf(request)).toBeLessThanOrEqual(499 * 1024);
          const next = requests[index + 1]?.[0];
          if (next) expect(bytesOf(request) + next.bytes + 1).toBeGreaterThan(499 * 1024);
        }
      }),
    );
  });

  test('no request holds more than 2,500 calls', () => {
    const calls = Array.from({ length: 6_000 }, () => ({ bytes: 100 }) as SegmentCall);
    expect(packCalls(calls).map((request) => request.length)).toEqual([2_500, 2_500, 1_000]);
  });
});

describe('a call that Segment refuses', () => {
  test('is found by halving, recorded with the reason, and the rest is delivered', async () => {
    const { segment, deliver, requests } = await open();
    const poison = new Set(['user 13', 'user 77']);
    segment.refuse(({ type, userId }) => type === 'track' && poison.has(String(userId)));
    const calls = callsOf(100);
    const { rejected, failure } = await deliver(calls);
    expect(failure).toBeUndefined();
    expect(rejected.map(({ call, reason }) => [call.type, call.userId, reason])).toEqual([
      ['track', 'user 13', 'Segment refused the call with 400.'],
      ['track', 'user 77', 'Segment refused the call with 400.'],
    ]);
    expect(segment.tracks()).toHaveLength(98);
    expect(segment.identifies()).toHaveLength(100);
    expect(segment.duplicates).toBe(0);
    expect(requests()).toBeLessThan(40);
  });

  test('may be a profile, whose log is tracked all the same', async () => {
    const { segment, deliver } = await open();
    segment.refuse(({ type, userId }) => type === 'identify' && userId === 'user 3');
    const { rejected } = await deliver(callsOf(5));
    expect(rejected.map(({ call }) => [call.type, call.userId])).toEqual([['identify', 'user 3']]);
    expect(segment.tracks()).toHaveLength(5);
  });

  test('is delivered when the refusal passes', async () => {
    const { segment, deliver } = await open();
    const [track] = callsOf(1).filter(({ type }) => type === 'track');
    segment.faults.add({ fault: status(400) });
    expect(await deliver(track ? [track] : [])).toEqual({ rejected: [] });
    expect(segment.tracks()).toHaveLength(1);
  });

  test('does not hold the export up when it is the first and only one', async () => {
    const { segment, deliver } = await open();
    segment.refuse(({ type }) => type === 'track');
    const { rejected, failure } = await deliver(callsOf(1).filter(({ type }) => type === 'track'));
    expect([rejected.length, failure]).toEqual([1, undefined]);
    expect(segment.identifies().map(({ traits }) => traits)).toEqual([{}]);
  });

  test('does not hold the export up when all that is about its user is refused', async () => {
    const { segment, deliver } = await open();
    segment.refuse(({ userId }) => userId === 'user 0');
    const { rejected, failure } = await deliver(callsOf(2));
    expect(failure).toBeUndefined();
    expect(rejected.map(({ call }) => [call.type, call.userId])).toEqual([
      ['identify', 'user 0'],
      ['track', 'user 0'],
    ]);
    expect(segment.tracks().map(({ userId }) => userId)).toEqual(['user 1']);
  });

  test('is not to blame when Segment refuses everything: the run fails and nothing is rejected', async () => {
    const { segment, deliver, requests } = await open();
    segment.refuse(() => true);
    const { rejected, failure } = await deliver(callsOf(100));
    expect(rejected).toEqual([]);
    expect(failure).toMatchObject({
      error: { code: 'segment_refused', message: expect.stringContaining('SEGMENT_KEY') },
      logId: logsOf(1)[0]?.id,
    });
    expect(requests()).toBeLessThanOrEqual(11);
  });

  test('with 413 is halved, too', async () => {
    const { segment, deliver } = await open();
    segment.faults.add({ fault: status(413) });
    expect(await deliver(callsOf(10))).toEqual({ rejected: [] });
    expect([segment.requests, segment.received.length]).toEqual([3, 20]);
  });

  test('is part of what a replay begins with, when another request of the batch fails', async () => {
    const { segment, deliver } = await open({
      fetch: (url, init) =>
        String(init?.body).includes('"user 20"')
          ? Promise.resolve(new Response('', { status: 500 }))
          : fetch(url, init),
    });
    const calls = callsOf(24, { blob: 'x'.repeat(30_000) }).filter(({ type }) => type === 'track');
    segment.refuse(({ userId }) => userId === 'user 2');
    const { rejected, failure } = await deliver(calls);
    expect(segment.received.length).toBeGreaterThan(10);
    expect(rejected.map(({ call }) => call.userId)).toEqual(['user 2']);
    expect(failure?.logId).toBe(logsOf(3)[2]?.id);
    const taken = new Set(segment.received.map(({ messageId }) => messageId));
    expect(failure?.undelivered).toEqual(calls.filter(({ messageId }) => !taken.has(messageId)));
  });
});

describe('refusals that become general', () => {
  type Call = Readonly<Record<string, unknown>>;
  /** The calls about the logs at these positions: identifies, then tracks. */
  const batchOf = (from: number, to: number) =>
    callsOf(to).filter(({ logId }) => Number(logId.slice(-4)) >= from);
  const tracksOf = (from: number, to: number) => batchOf(from, to).filter(({ type }) => type === 'track');
  const isTrack = ({ type }: Call) => type === 'track';
  /** Not what asks whether anything is taken. */
  const saysSomething = (call: Call) => isTrack(call) || Object.keys(call.traits as object).length > 0;

  test('in the middle of a batch fail it, with none of its calls rejected', async () => {
    const { segment, deliver, requests } = await open();
    segment.refuse((call) => segment.accepted > 0 || (isTrack(call) && call.userId === 'user 99'));
    const { rejected, failure } = await deliver(batchOf(0, 100));
    expect(segment.accepted).toBeGreaterThan(50);
    expect(rejected).toEqual([]);
    expect(failure).toMatchObject({ error: { code: 'segment_refused' }, logId: logsOf(1)[0]?.id });
    expect(requests()).toBeLessThan(20);
  });

  test('at the end of a batch, with fewer than five of its calls left, fail it before it is passed', async () => {
    const { segment, deliver } = await open();
    // 0 to 6 are taken, 7 is what splits the request, and from then on everything is refused.
    segment.refuse(({ userId }) => userId === 'user 7' || segment.accepted >= 7);
    const { rejected, failure } = await deliver(tracksOf(0, 10));
    expect(segment.tracks()).toHaveLength(7);
    expect(rejected).toEqual([]);
    expect(failure).toMatchObject({ error: { code: 'segment_refused' }, logId: logsOf(8)[7]?.id });
  });

  test('at the border of two batches fail the second one', async () => {
    const { segment, deliver } = await open();
    expect(await deliver(batchOf(0, 10))).toEqual({ rejected: [] });
    segment.refuse(() => true);
    const { rejected, failure } = await deliver(batchOf(10, 20));
    expect(rejected).toEqual([]);
    expect(failure).toMatchObject({ error: { code: 'segment_refused' }, logId: logsOf(11)[10]?.id });
  });

  test('after some of another request of the batch leave those to be replayed', async () => {
    const { segment, deliver } = await open();
    const calls = callsOf(24, { blob: 'x'.repeat(30_000) }).filter(({ type }) => type === 'track');
    const last = packCalls(calls)[0]?.at(-1)?.userId;
    segment.refuse(({ userId }) => userId === last || segment.accepted >= 15);
    const { failure } = await deliver(calls);
    expect(failure?.error.code).toBe('segment_refused');
    expect(failure?.logId).toBe(calls.find(({ userId }) => userId === last)?.logId);
  });

  const shapes: [string, (call: Call) => boolean][] = [
    ['tracks, but takes identifies', isTrack],
    ['everything but what asks whether it takes anything', saysSomething],
  ];
  test.each(shapes)('of %s fail a run that had tracks taken', async (_what, isRefused) => {
    const { segment, deliver } = await open();
    await deliver(batchOf(0, 10));
    segment.refuse(isRefused);
    for (const batch of [batchOf(10, 11), batchOf(10, 20)]) {
      const { rejected, failure } = await deliver(batch);
      expect(rejected.filter(({ call }) => call.type === 'track')).toEqual([]);
      expect(failure).toMatchObject({ error: { code: 'segment_refused' }, logId: logsOf(11)[10]?.id });
    }
  });

  test.each(shapes)(
    'of %s from the start fail the run where they are many, of several users',
    async (_what, isRefused) => {
      const { segment, deliver } = await open();
      segment.refuse(isRefused);
      const { failure } = await deliver(batchOf(0, 10));
      expect(failure).toMatchObject({
        error: { code: 'segment_blocked', message: expect.stringContaining('all of the 10 tracks') },
        logId: logsOf(1)[0]?.id,
      });
    },
  );

  test('of tracks from the start, in batches of one, fail the run with the fifth', async () => {
    const { segment, deliver } = await open();
    segment.refuse(isTrack);
    for (let n = 0; n < 4; n += 1) expect((await deliver(batchOf(n, n + 1))).rejected).toHaveLength(1);
    expect((await deliver(batchOf(4, 5))).failure?.logId).toBe(logsOf(5)[4]?.id);
  });

  test('are none where all that is refused is about one user, however much it is', async () => {
    const { segment, deliver } = await open();
    segment.refuse(saysSomething);
    const { rejected, failure } = await deliver(callsOf(30, {}, () => 'one user'));
    expect(failure).toBeUndefined();
    expect(rejected).toHaveLength(31);
  });

  test('are none where others are taken: any number in a row is rejected, and the rest delivered', async () => {
    const { segment, deliver } = await open();
    const isPoison = ({ userId }: Call) => Number(String(userId).slice(5)) % 40 >= 25;
    segment.refuse((call) => isTrack(call) && isPoison(call));
    const { rejected, failure } = await deliver(batchOf(0, 80));
    expect(failure).toBeUndefined();
    expect(rejected.map(({ call }) => call)).toEqual(tracksOf(0, 80).filter(isPoison));
    expect(segment.tracks()).toHaveLength(50);
  });

  test('of identifies alone lose no log: each is rejected, and every track is delivered', async () => {
    const { segment, deliver } = await open();
    segment.refuse((call) => !isTrack(call) && saysSomething(call));
    const { rejected, failure } = await deliver(batchOf(0, 20));
    expect(failure).toBeUndefined();
    expect(rejected.map(({ call }) => call.type)).toEqual(Array(20).fill('identify'));
    expect(segment.tracks()).toHaveLength(20);
  });

  test('whenever they begin: what is passed is taken or to blame', async () => {
    const scenario = fc.record({
      poison: fc.uniqueArray(fc.integer({ min: 0, max: 39 }), { maxLength: 12 }),
      /** How many calls Segment accepts before it refuses more. */
      taken: fc.integer({ min: 0, max: 80 }),
      general: fc.constantFrom(() => true, isTrack, saysSomething),
      size: fc.integer({ min: 1, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ poison, taken, general, size }) => {
        const segment = await startSegment({}, {});
        const poisoned = new Set(poison.map((n) => `user ${n}`));
        segment.refuse((call) => isTrack(call) && poisoned.has(String(call.userId)));
        segment.refuse((call) => segment.accepted >= taken && general(call));
        const deadline = createDeadline({ clock: fakeClock({ skipsWaits: true }), budgetMs: 22_000 });
        const deliver = createSegmentSink({
          writeKey: segment.writeKey,
          endpoint: segment.url,
          fetch,
          clock: fakeClock({ skipsWaits: true }),
          deadline,
          random: () => 0,
          onRequest: () => {},
        });
        const rejected = new Set<string>();
        let passed = 0;
        for (let from = 0; from < 40; from += size) {
          const delivery = await deliver(batchOf(from, Math.min(from + size, 40)));
          if (delivery.failure) break;
          passed = Math.min(from + size, 40);
          for (const { call } of delivery.rejected) if (call.type === 'track') rejected.add(call.userId);
        }
        const received = new Set(segment.tracks().map(({ userId }) => userId));
        await segment.server.close();
        const users = Array.from({ length: passed }, (_, n) => `user ${n}`);
        expect(users.filter((user) => !received.has(user) && !rejected.has(user))).toEqual([]);
        // Where no track was ever taken, a few cannot be told from what is wrong with them.
        const innocent = [...rejected].filter((user) => !poisoned.has(user));
        expect(innocent.length).toBeLessThan(received.size === 0 ? 5 : 1);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a fault that may pass', () => {
  const passing: [string, Fault][] = [
    ...[408, 429, 500, 501, 502, 503, 504].map((code): [string, Fault] => [`${code}`, status(code)]),
    ['a connection that is refused', { kind: 'refuse' }],
    ['a connection that is cut', { kind: 'cut' }],
    ['an answer that never comes', { kind: 'afterwards-cut' }],
    ['a 200 of something else', { kind: 'body', body: '<html>Welcome</html>' }],
    ['a 200 without success', { kind: 'body', body: '{"success":false}' }],
    ['a 200 without a body', { kind: 'body', body: '' }],
    ['a 200 with null', { kind: 'body', body: 'null' }],
  ];

  test.each(passing)('is tried again: %s', async (_what, fault) => {
    const { segment, deliver, clock } = await open();
    segment.faults.add({ times: 2, fault });
    expect(await deliver(callsOf(3))).toEqual({ rejected: [] });
    expect(segment.requests).toBe(3);
    expect([segment.tracks().length, segment.identifies().length]).toEqual([3, 3]);
    expect(clock.asked).toEqual([250, 500]);
  });

  test.each(passing)('ends the run with a description when it persists: %s', async (_what, fault) => {
    const { segment, deliver, clock, deadline } = await open();
    segment.faults.add({ times: Number.POSITIVE_INFINITY, fault });
    const { rejected, failure } = await deliver(callsOf(3));
    expect(rejected).toEqual([]);
    expect(failure?.error.code).toMatch(/^segment_(unreachable|unavailable|rate_limited|unexpected)$/);
    expect(failure?.error.message).toMatch(/The next run tries again|the next run tries again/);
    expect(failure?.logId).toBe(logsOf(1)[0]?.id);
    expect(deadline.remaining()).toBeGreaterThanOrEqual(2_000);
    expect(Math.max(...clock.asked)).toBeLessThanOrEqual(5_000);
    expect(segment.requests).toBeLessThan(12);
  });

  test('waits as long as Retry-After asks', async () => {
    const { segment, deliver, clock } = await open();
    segment.faults.add({ fault: status(429, { 'retry-after': '7' }) });
    segment.faults.add({ at: 2, fault: status(503, { 'retry-after': '0' }) });
    expect(await deliver(callsOf(1))).toEqual({ rejected: [] });
    expect(clock.asked).toEqual([7_000, 500]);
  });

  test('does not wait longer than the run lives', async () => {
    const { segment, deliver, clock } = await open();
    segment.faults.add({ fault: status(429, { 'retry-after': '21' }) });
    const { failure } = await deliver(callsOf(1));
    expect(failure?.error).toMatchObject({
      code: 'segment_rate_limited',
      message: expect.stringContaining('receiving too much'),
    });
    expect([clock.asked, segment.requests]).toEqual([[], 1]);
  });

  test('is given up when there is no time for another try', async () => {
    const { segment, deliver, clock } = await open({ budgetMs: 2_100 });
    segment.faults.add({ fault: status(500) });
    expect((await deliver(callsOf(1))).failure?.error.code).toBe('segment_unavailable');
    expect(clock.asked).toEqual([]);
  });

  test("is not held against Segment when the run's own end cut the first try short", async () => {
    const { segment, deliver } = await open({ budgetMs: 550 });
    segment.faults.add({ fault: { kind: 'hang' } });
    expect((await deliver(callsOf(1))).failure?.error).toMatchObject({ code: 'out_of_time' });
  });
});

describe('an answer that stays', () => {
  const page = { body: '<html>Forbidden</html>', contentType: 'text/html', headers: { server: 'squid/6.6' } };
  test.each<[string, Fault, string, RegExp]>([
    ...[401, 403, 422].map((code): [string, Fault, string, RegExp] => [
      `a ${code}`,
      status(code),
      'segment_refused',
      new RegExp(`returned ${code} .*Check SEGMENT_KEY`),
    ]),
    ...[301, 302, 307, 404, 410].map((code): [string, Fault, string, RegExp] => [
      `a ${code}`,
      status(code, { location: '/elsewhere' }),
      'segment_unexpected',
      new RegExp(`returned ${code} .* is not from Segment's API\\. Find the proxy or firewall`),
    ]),
    [
      'a 403 page',
      { kind: 'status', status: 403, ...page },
      'segment_unexpected',
      /calls itself "squid\/6\.6"/,
    ],
  ])('%s fails the run at once, naming one remedy', async (_what, fault, code, message) => {
    const { segment, deliver, requests } = await open();
    segment.faults.add({ times: Number.POSITIVE_INFINITY, fault });
    const { rejected, failure } = await deliver(callsOf(3));
    expect(rejected).toEqual([]);
    expect(failure?.error).toMatchObject({ code, message: expect.stringMatching(message) });
    // A redirect is not followed: it would carry the write key elsewhere.
    expect([requests(), segment.requests]).toEqual([1, 1]);
  });

  test('a page with 400 for every request is not blamed on the write key', async () => {
    const { segment, deliver } = await open();
    segment.faults.add({ times: Number.POSITIVE_INFINITY, fault: { kind: 'status', status: 400, ...page } });
    const { rejected, failure } = await deliver(callsOf(3));
    expect([rejected, failure?.error.code]).toEqual([[], 'segment_unexpected']);
  });

  test('a certificate that is not trusted fails the run at once', async () => {
    const untrusted = Object.assign(new Error('x'), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    const { deliver, clock } = await open({
      fetch: () => Promise.reject(new TypeError('fetch failed', { cause: untrusted })),
    });
    expect((await deliver(callsOf(1))).failure?.error).toMatchObject({
      code: 'tls_untrusted',
      message: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    expect(clock.asked).toEqual([]);
  });

  test('a write key that Segment does not know is a failure where Segment says so', async () => {
    const { deliver } = await open({ writeKey: 'wrong', unknownKeyStatus: 401 });
    expect((await deliver(callsOf(1))).failure?.error.code).toBe('segment_refused');
  });

  test('no error repeats the write key', async () => {
    const { segment, deliver } = await open({ writeKey: 'secret-write-key' });
    for (const fault of [status(401), status(400), status(404)]) {
      segment.faults.add({ times: 20, fault });
      const { failure } = await deliver(callsOf(2));
      expect(JSON.stringify([failure?.error, failure?.error.message])).not.toContain('secret-write-key');
      segment.faults.clear();
    }
  });
});

test('a run that is given up ends its delivery', async () => {
  const segment = await openSegment();
  const clock = fakeClock();
  const deadline = createDeadline({ clock, budgetMs: 22_000 });
  const deliver = createSegmentSink({
    writeKey: segment.writeKey,
    endpoint: segment.url,
    fetch,
    clock,
    deadline,
    random: () => 0,
    onRequest: () => setImmediate(() => deadline.abort()),
  });
  segment.faults.add({ fault: { kind: 'hang' } });
  expect((await deliver(callsOf(1))).failure?.error.code).toBe('segment_unreachable');
});
