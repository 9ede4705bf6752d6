import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { deliveryGaps } from '../support/delivery-gaps';
import { fakeClock } from '../support/fake-clock';
import { openExporter } from '../support/open-exporter';

const logs = generateLogs({
  count: 350,
  users: 40,
  selectedShare: 1,
  withoutUserShare: 0,
  deletedUserShare: 0,
});
/** The log that the empty pages follow. */
const BEFORE = logs.idAt(99);
const EMPTY_PAGES = 120;
const LATENCY_MS = 500;

/** The position of an empty page: after one log, before the next, and no log itself. */
const positionOf = (page: number) => `${BEFORE}${String(page).padStart(4, '0')}`;

const pageOf = (entries: unknown[], url: URL, next: string) =>
  Response.json(entries, {
    headers: { link: `<${url.origin}/api/v2/logs?from=${next}&take=100>; rel="next"` },
  });

/** Passes requests to the sandbox, but returns empty pages that each name a later one after one of the logs. */
async function withEmptyPages(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const url = new URL(input instanceof Request ? input.url : input);
  const from = url.searchParams.get('from') ?? '';
  if (!from.startsWith(BEFORE)) {
    const answer = await fetch(url, init);
    if (from === '' || from > BEFORE) return answer;
    const entries = (await answer.json()) as { log_id: string }[];
    return pageOf(
      entries.filter(({ log_id }) => log_id <= BEFORE),
      url,
      BEFORE,
    );
  }
  const page = Number(from.slice(BEFORE.length));
  if (page === EMPTY_PAGES) {
    url.searchParams.set('from', BEFORE);
    return fetch(url, init);
  }
  return pageOf([], url, positionOf(page + 1));
}

test.each(['400', 'following'] as const)(
  '250 logs that follow 120 empty pages are exported once each, over several runs (Auth0 returning %s for a position that it does not know)',
  async (unknownCheckpoint) => {
    const clock = fakeClock();
    const { sandbox, record, state } = await openExporter({
      tenant: { logs, unknownCheckpoint },
      clock,
      fetch: async (input, init) => {
        await clock.advance(LATENCY_MS);
        return withEmptyPages(input, init);
      },
    });
    const checkpoints: string[] = [];
    for (let run = 0; run < 6; run += 1) {
      const { error, checkpoint, moreToCome } = await record();
      expect(error).toBeUndefined();
      checkpoints.push(checkpoint ?? '');
      if (!moreToCome) break;
    }
    // Each run continues where the one before it ended, in the middle of the empty pages.
    expect(checkpoints.slice(0, -1).every((id) => id.startsWith(BEFORE))).toBe(true);
    expect(checkpoints.length).toBeGreaterThan(2);
    expect(new Set(checkpoints).size).toBe(checkpoints.length);
    expect([...checkpoints].sort()).toEqual(checkpoints);
    expect(state().checkpointId).toBe(logs.idAt(349));
    expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
    expect(sandbox.segment.tracks()).toHaveLength(350);
    expect(sandbox.segment.duplicates).toBe(0);
    const pages = sandbox.tenant.requestLog.filter(({ url }) => url.includes('from='));
    expect(pages.length).toBeLessThan(20);
  },
);
