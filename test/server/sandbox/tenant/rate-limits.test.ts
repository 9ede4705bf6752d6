import { describe, expect, test } from 'vitest';
import type { Plan, Refill } from '../../../../server/sandbox/tenant/rate-limits';
import { managementClient } from '../management-client';
import { openSandbox } from '../open-sandbox';

const NOON = 1_700_000_000_000;

async function openTenant(plan: Plan, refill?: Refill) {
  const clock = { now: NOON };
  const sandbox = await openSandbox({
    tenant: { plan, ...(refill ? { refill } : {}), now: () => clock.now },
  });
  const call = await managementClient(sandbox);
  /** How many calls in a row are let through. */
  const burst = async (path: string, most = 60) => {
    for (let count = 0; count < most; count++) if ((await call(path)).status === 429) return count;
    return most;
  };
  return { clock, call, burst, tenant: sandbox.tenant };
}

describe('rate limits', () => {
  test('free: two at once and two a second, for the whole Management API', async () => {
    const { clock, burst } = await openTenant('free');
    expect(await burst('logs')).toBe(2);
    expect(await burst('users')).toBe(0);
    clock.now += 499;
    expect(await burst('logs')).toBe(0);
    clock.now += 1;
    expect(await burst('users')).toBe(1);
    clock.now += 60_000;
    expect(await burst('logs')).toBe(2);
  });

  test.each<Plan>(['essentials', 'professional'])('%s: logs and users each have their own', async (plan) => {
    const { clock, burst } = await openTenant(plan);
    expect(await burst('logs')).toBe(10);
    expect(await burst('logs/1')).toBe(0);
    expect(await burst('users')).toBe(40);
    expect(await burst('users/1')).toBe(0);
    clock.now += 3_000;
    expect([await burst('logs'), await burst('users')]).toEqual([5, 25]);
    clock.now += 60_000;
    expect([await burst('logs'), await burst('users')]).toEqual([10, 40]);
  });

  test('essentials: 100 logs calls a minute, sustained', async () => {
    const { clock, burst } = await openTenant('essentials');
    await burst('logs');
    let allowed = 0;
    for (let tick = 0; tick < 60; tick++) {
      clock.now += 1_000;
      allowed += await burst('logs');
    }
    expect(allowed).toBe(100);
  });

  test('enterprise: 50 at once, 16 a second', async () => {
    const { clock, burst } = await openTenant('enterprise');
    expect(await burst('logs')).toBe(50);
    clock.now += 1_000;
    expect([await burst('users'), await burst('logs')]).toEqual([16, 0]);
  });

  test('every answer tells limit, whole calls remaining, and when the bucket is full again', async () => {
    const { clock, call } = await openTenant('essentials');
    const toHttpError = async () => {
      const { headers } = await call('logs');
      return ['limit', 'remaining', 'reset'].map((name) => Number(headers.get(`x-ratelimit-${name}`)));
    };
    // One call is 0.6 seconds of refill, two are 1.2.
    expect(await toHttpError()).toEqual([10, 9, NOON / 1000 + 1]);
    expect(await toHttpError()).toEqual([10, 8, NOON / 1000 + 2]);
    clock.now += 300;
    expect(await toHttpError()).toEqual([10, 7, NOON / 1000 + 2]);
  });

  test('fixed windows: filled up only when one ends, which is what reset tells', async () => {
    const { clock, call, burst } = await openTenant('essentials', 'fixed-window');
    const toHttpError = async () => {
      const { headers } = await call('logs');
      return ['remaining', 'reset'].map((name) => Number(headers.get(`x-ratelimit-${name}`)));
    };
    expect(await toHttpError()).toEqual([9, NOON / 1000 + 6]);
    clock.now += 5_999;
    expect(await toHttpError()).toEqual([8, NOON / 1000 + 6]);
    expect(await burst('logs')).toBe(8);
    clock.now += 1;
    expect(await toHttpError()).toEqual([9, NOON / 1000 + 12]);
    clock.now += 60_000;
    expect(await burst('logs')).toBe(10);
  });

  test('answers are dated by the tenant’s own clock', async () => {
    const { clock, call } = await openTenant('free');
    clock.now += 999;
    expect((await call('logs')).headers.get('date')).toBe(new Date(NOON).toUTCString());
  });

  test('an answer beyond the limit is a 429 with the same headers', async () => {
    const { call, burst, tenant } = await openTenant('free');
    await burst('logs');
    const { status, headers, body } = await call('logs');
    expect(status).toBe(429);
    expect(body).toEqual({
      statusCode: 429,
      error: 'Too Many Requests',
      message: 'Global limit has been reached',
      errorCode: 'too_many_requests',
    });
    expect(headers.get('x-ratelimit-limit')).toBe('2');
    expect(headers.get('x-ratelimit-remaining')).toBe('0');
    expect(headers.get('x-ratelimit-reset')).toBe(String(NOON / 1000 + 1));
    expect(tenant.requests.statuses).toEqual({ 200: 3, 429: 2 });
  });

  test('unlimited: high limits, on errors too, and none on the token endpoint', async () => {
    const { call, tenant } = await openTenant('unlimited');
    const { status, headers } = await call('logs/none');
    expect(status).toBe(404);
    expect(Number(headers.get('x-ratelimit-remaining'))).toBeGreaterThan(100_000);
    const token = await fetch(`${tenant.url}/oauth/token`, { method: 'POST' });
    expect(token.headers.get('x-ratelimit-limit')).toBeNull();
  });
});
