import { describe, expect, test } from 'vitest';
import type { Plan, Refill } from '../../server/sandbox/tenant/rate-limits';
import { createTenantFetch } from '../../src/auth0/client';
import { ExportError } from '../../src/errors';
import { createDeadline } from '../../src/time';
import { openSandbox } from '../server/sandbox/open-sandbox';
import { requestToken } from '../server/sandbox/request-token';
import { fakeClock } from '../support/fake-clock';

const BUDGET_MS = 22_000;
/** Kept free at the end of a run. */
const LAST_WRITE_MS = 500;
const LATENCY_MS = 30;
const START = Date.parse('2026-03-01T12:00:00.370Z');
const FIVE_MINUTES_MS = 300_000;

/**
 * A run that reads log pages, one after the other, as long as it may, on a host whose clock is `off` milliseconds
 * from the tenant's. Its waits and requests take their time on a clock that does not keep the test waiting.
 */
async function readPages(tenant: { plan: Plan; refill: Refill }, off: number, withoutDate = false) {
  const clock = fakeClock({ now: START + off, skipsWaits: true });
  const begun = clock.monotonic();
  const sandbox = await openSandbox({
    tenant: { ...tenant, now: () => START + clock.monotonic() - begun },
  });
  const { domain, url, requests } = sandbox.tenant;
  const authorization = `Bearer ${await requestToken(sandbox)}`;
  const deadline = createDeadline({ clock, budgetMs: BUDGET_MS });
  const tenantFetch = createTenantFetch({
    domain,
    fetch: async (input, init) => {
      await clock.sleep(LATENCY_MS / 2);
      const answer = await fetch(input, init);
      await clock.sleep(LATENCY_MS / 2);
      if (!withoutDate) return answer;
      const headers = new Headers(answer.headers);
      headers.delete('date');
      return new Response(answer.body, { status: answer.status, headers });
    },
    clock,
    deadline,
    random: () => 0.5,
    getToken: async () => 'token',
    forgetToken: () => {},
    redact: (text) => text,
    onRequest: () => {},
  });
  let pages = 0;
  try {
    for (; deadline.allowsRequestIn(0); pages += 1) {
      await tenantFetch(`${url}/api/v2/logs`, { headers: { authorization } });
    }
  } catch (error) {
    if (!(error instanceof ExportError) || error.code !== 'auth0_rate_limited') throw error;
  }
  return { pages, refused: requests.statuses[429] ?? 0 };
}

/** Calls at once and a second. */
const LIMITS = { free: [2, 2], essentials: [10, 100 / 60], enterprise: [50, 16] } as const;

/** Most pages that a limit permits in the time in which a run may begin to read another. */
function permitted(plan: keyof typeof LIMITS, refill: Refill): number {
  const [burst, perSecond] = LIMITS[plan];
  const refilled = (perSecond * (BUDGET_MS - LAST_WRITE_MS)) / 1000;
  return refill === 'drip' ? burst + refilled : burst * Math.ceil(refilled / burst);
}

describe.each<keyof typeof LIMITS>(['free', 'essentials', 'enterprise'])('under %s', (plan) => {
  describe.each<Refill>(['drip', 'fixed-window'])('with a limit of the kind %s', (refill) => {
    test.each([-FIVE_MINUTES_MS, -60_000, 0, 60_000, FIVE_MINUTES_MS])(
      'a host whose clock is %i ms off reads as much as a right clock lets it, and is hardly ever refused',
      async (off) => {
        // Without a date in the answers, the host's own clock is all there is.
        const right = await readPages({ plan, refill }, 0, true);
        expect(right.pages).toBeGreaterThanOrEqual(0.9 * permitted(plan, refill));
        expect(right.refused).toBeLessThanOrEqual(2);
        const toHttpError = await readPages({ plan, refill }, off);
        expect(toHttpError.pages).toBeGreaterThanOrEqual(0.9 * right.pages);
        expect(toHttpError.refused).toBeLessThanOrEqual(2);
      },
    );
  });
});
