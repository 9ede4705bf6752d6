import { describe, expect, test } from 'vitest';
import { TokenBucket } from '../../server/sandbox/tenant/rate-limits';
import { createRateLimit, type RateLimit } from '../../src/auth0/rate-limit';
import { createDeadline, createPeerClock } from '../../src/time';
import { type FakeClock, fakeClock } from '../support/fake-clock';

const BUDGET_MS = 22_000;
const LATENCY_MS = 30;
const START = Date.parse('2026-03-01T12:00:00Z');

/** What a tenant answers a request with. */
type Answer = { status: number; headers: Headers };
type Limited = { take(): boolean; headers(): Record<string, string> };

function answerOf(limited: Limited): Answer {
  const status = limited.take() ? 200 : 429;
  return { status, headers: new Headers(limited.headers()) };
}

/** A limit that is filled up at once, when its time is over. */
function fixedWindow(limit: number, windowMs: number, clock: FakeClock): Limited {
  let left = limit;
  let endsAt = 0;
  return {
    take: () => {
      if (clock.now() >= endsAt) {
        left = limit;
        endsAt = clock.now() + windowMs;
      }
      left -= 1;
      return left >= 0;
    },
    headers: () => ({
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, left)),
      'x-ratelimit-reset': String(Math.ceil(endsAt / 1000)),
    }),
  };
}

function setUp(now = START, budgetMs = BUDGET_MS) {
  const clock = fakeClock({ now });
  const deadline = createDeadline({ clock, budgetMs });
  return {
    clock,
    deadline,
    rateLimit: createRateLimit({ clock, auth0Clock: createPeerClock(clock), deadline }),
  };
}

/** Sends a request and counts what it was answered. */
async function send(
  resource: string,
  limited: Limited,
  { clock, rateLimit }: { clock: FakeClock; rateLimit: RateLimit },
  statuses: number[],
): Promise<void> {
  const observe = await rateLimit.take(resource);
  await clock.sleep(LATENCY_MS / 2);
  const answer = answerOf(limited);
  await clock.sleep(LATENCY_MS / 2);
  statuses.push(answer.status);
  observe(answer);
}

/** Sends one request after the other for as long as the run has time for another. */
async function sendAll(
  resource: string,
  limited: Limited,
  run: ReturnType<typeof setUp>,
  statuses: number[],
): Promise<void> {
  try {
    while (run.deadline.allowsRequestIn(0)) await send(resource, limited, run, statuses);
  } catch (error) {
    expect(error).toMatchObject({ code: 'auth0_rate_limited' });
  }
}

const refusals = (statuses: number[]) => statuses.filter((status) => status === 429).length;

describe('one request after the other', () => {
  const phases = [0, 1, 250, 500, 501, 750, 999];
  test.each(
    phases.flatMap((phase) => [
      ['Essentials', { burst: 10, perSecond: 100 / 60 }, phase] as const,
      ['Free', { burst: 2, perSecond: 2 }, phase] as const,
    ]),
  )(
    'under %s (%o), %i ms past the second: all but two of what is permitted, no refusal',
    async (_plan, limit, phase) => {
      const run = setUp(START + phase);
      const statuses: number[] = [];
      const sending = sendAll('logs', new TokenBucket(limit, run.clock.now), run, statuses);
      await run.clock.advance(BUDGET_MS);
      await sending;
      const permitted = Math.floor(limit.burst + (limit.perSecond * (BUDGET_MS - 500)) / 1000);
      expect(refusals(statuses)).toBe(0);
      expect(statuses.length).toBeGreaterThanOrEqual(permitted - 2);
    },
  );

  test('under Enterprise nothing waits: its limit is above what a chain can ask for', async () => {
    const run = setUp();
    const statuses: number[] = [];
    const limit = new TokenBucket({ burst: 50, perSecond: 16 }, run.clock.now);
    const first = Array.from({ length: 20 }, () => send('logs', limit, run, statuses));
    await run.clock.advance(LATENCY_MS);
    await Promise.all(first);
    expect(statuses).toHaveLength(20);
    expect(refusals(statuses)).toBe(0);
  });
});

describe('several at once', () => {
  test('a bucket that everything shares is never overdrawn, and both sides get on', async () => {
    const run = setUp();
    const shared = new TokenBucket({ burst: 2, perSecond: 2 }, run.clock.now);
    const logs: number[] = [];
    const users: number[] = [];
    await Promise.all([
      sendAll('logs', shared, run, logs),
      sendAll('users', shared, run, users),
      run.clock.advance(BUDGET_MS),
    ]);
    expect(refusals([...logs, ...users])).toBeLessThanOrEqual(1);
    expect(logs.length).toBeGreaterThan(8);
    expect(users.length).toBeGreaterThan(8);
    expect(logs.length + users.length).toBeGreaterThanOrEqual(40);
  });

  test('ten lookups at once under Free are sent one by one', async () => {
    const run = setUp();
    const bucket = new TokenBucket({ burst: 2, perSecond: 2 }, run.clock.now);
    const statuses: number[] = [];
    const first = send('logs', bucket, run, statuses);
    await run.clock.advance(LATENCY_MS);
    await first;
    const rest = Array.from({ length: 10 }, () => send('users', bucket, run, statuses));
    await run.clock.advance(10_000);
    await Promise.all(rest);
    expect(statuses).toHaveLength(11);
    expect(refusals(statuses)).toBe(0);
  });

  test('buckets of their own do not wait for each other, even where they were taken for one at first', async () => {
    const run = setUp();
    const logs = new TokenBucket({ burst: 10, perSecond: 100 / 60 }, run.clock.now);
    const users = new TokenBucket({ burst: 40, perSecond: 500 / 60 }, run.clock.now);
    const pages: number[] = [];
    const lookups: number[] = [];
    const lookUp = async () => {
      await run.clock.sleep(LATENCY_MS);
      // Together, before any answer has said that they draw from another bucket.
      await Promise.all(Array.from({ length: 5 }, () => send('users', users, run, lookups)));
    };
    const all = [sendAll('logs', logs, run, pages), lookUp()];
    await run.clock.advance(BUDGET_MS);
    await Promise.all(all);
    expect(refusals([...pages, ...lookups])).toBe(0);
    expect(lookups).toHaveLength(5);
    expect(pages.length).toBeGreaterThanOrEqual(42);
  });
});

describe('refusals', () => {
  test('a tenant whose own applications take half of the limit refuses now and then', async () => {
    const run = setUp();
    const bucket = new TokenBucket({ burst: 10, perSecond: 100 / 60 }, run.clock.now);
    const statuses: number[] = [];
    const others = async () => {
      for (let sent = 0; sent < 18; sent += 1) {
        await run.clock.sleep(1_200);
        bucket.take();
      }
    };
    const all = [sendAll('logs', bucket, run, statuses), others()];
    await run.clock.advance(BUDGET_MS);
    await Promise.all(all);
    expect(refusals(statuses)).toBeLessThanOrEqual(3);
    expect(statuses.length).toBeGreaterThanOrEqual(25);
  });

  test('a limit that is filled up only at its reset is found out by two refusals', async () => {
    const run = setUp(START, 120_000);
    const statuses: number[] = [];
    const sending = sendAll('logs', fixedWindow(10, 6_000, run.clock), run, statuses);
    await run.clock.advance(120_000);
    await sending;
    expect(refusals(statuses)).toBeLessThanOrEqual(2);
    expect(statuses.length).toBeGreaterThanOrEqual(150);
  });

  test('after one, nothing is sent before the reset', async () => {
    const run = setUp();
    const observe = await run.rateLimit.take('logs');
    const reset = START / 1000 + 5;
    observe({
      status: 429,
      headers: new Headers({
        'x-ratelimit-limit': '10',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(reset),
      }),
    });
    let went = false;
    const taking = run.rateLimit.take('logs').then(() => {
      went = true;
    });
    await run.clock.advance(4_999);
    expect(went).toBe(false);
    await run.clock.advance(1);
    await taking;
    expect(went).toBe(true);
  });

  test('a reset later than the run ends it at once, and says when', async () => {
    const run = setUp();
    const observe = await run.rateLimit.take('logs');
    observe({
      status: 429,
      headers: new Headers({
        'x-ratelimit-limit': '10',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(START / 1000 + 60),
      }),
    });
    await expect(run.rateLimit.take('logs')).rejects.toMatchObject({
      code: 'auth0_rate_limited',
      message: expect.stringContaining('in 60 s'),
    });
    expect(run.clock.pending).toBe(0);
  });
});

describe('answers that say little', () => {
  const useless: [string, Record<string, string>][] = [
    ['no headers', {}],
    [
      'a limit of nothing',
      { 'x-ratelimit-limit': '0', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9' },
    ],
    ['no reset', { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '0' }],
    ['words', { 'x-ratelimit-limit': 'ten', 'x-ratelimit-remaining': 'none', 'x-ratelimit-reset': 'soon' }],
  ];
  test.each(useless)('with %s nothing waits', async (_what, headers) => {
    const { rateLimit, clock } = setUp();
    for (let sent = 0; sent < 100; sent += 1) {
      const observe = await rateLimit.take('logs');
      observe({ status: 200, headers: new Headers(headers) });
    }
    expect(clock.asked).toEqual([]);
  });

  test('requests that got no answer do not hold up those after them', async () => {
    const { rateLimit } = setUp();
    const headers = new Headers({
      'x-ratelimit-limit': '10',
      'x-ratelimit-remaining': '3',
      'x-ratelimit-reset': String(START / 1000),
    });
    (await rateLimit.take('logs'))({ status: 200, headers });
    for (let sent = 0; sent < 3; sent += 1) (await rateLimit.take('logs'))();
    await expect(rateLimit.take('logs')).resolves.toBeTypeOf('function');
  });
});
