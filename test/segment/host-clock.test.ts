import { expect, test } from 'vitest';
import { createExporter } from '../../src/job/exporter';
import { createRedactor } from '../../src/redactor';
import { parseSettings } from '../../src/settings';
import { openSandbox } from '../server/sandbox/open-sandbox';
import { fakeClock } from '../support/fake-clock';
import { storeOf } from '../support/stored-document';

const NOW = Date.parse('2026-03-01T12:00:00.400Z');
const HOUR_MS = 3_600_000;
/** `Date` of an answer is cut off to the second. */
const DATE_STEP_MS = 1_000;

/**
 * Runs an export of 30 logins in batches of ten on a host whose clock is ahead of Auth0's and Segment's, and on which
 * no time passes.
 *
 * @returns for each event, by how much the time that Segment stores differs from what it must be
 */
async function runOnHost({ aheadMs, auth0AheadMs = 0 }: { aheadMs: number; auth0AheadMs?: number }) {
  const now = () => NOW;
  const sandbox = await openSandbox({ tenant: { now: () => NOW + auth0AheadMs }, segment: { now } });
  const date = new Date(NOW - 60_000).toISOString();
  sandbox.tenant.setUser({ user_id: 'auth0|1' });
  sandbox.tenant.addLogs(Array.from({ length: 30 }, () => ({ type: 's', user_id: 'auth0|1', date })));
  const settings: Record<string, string> = { ...sandbox.secrets(), BATCH_SIZE: '10' };
  const clock = fakeClock({ now: NOW + aheadMs });
  const exporter = createExporter(
    parseSettings((name) => settings[name]),
    { clock, fetch, random: () => 0, redactor: createRedactor([]) },
  );
  const { body } = await exporter.run({
    store: () => storeOf({}, clock),
    log: { info: () => {}, error: () => {} },
    budgetMs: 22_000,
  });
  const { segment } = sandbox;
  const shiftOf = (from: number) => (stored: { timestamp?: string }) =>
    Date.parse(stored.timestamp ?? '') - from;
  return {
    warning: 'status' in body ? body.status.warning : undefined,
    tracks: segment.tracks().map(shiftOf(Date.parse(date))),
    identifies: segment.identifies().map(shiftOf(NOW)),
  };
}

const largest = (shifts: readonly number[]) => Math.max(...shifts.map(Math.abs));

test.each([
  [HOUR_MS, /clock is (3600|3599) s ahead of Auth0's/],
  [-HOUR_MS, /clock is (3600|3599) s behind Auth0's/],
])('a host clock that is %i ms ahead shifts no event, and the run warns', async (aheadMs, words) => {
  const { tracks, identifies, warning } = await runOnHost({ aheadMs });
  expect([tracks.length, identifies.length]).toEqual([30, 3]);
  expect(largest(tracks)).toBeLessThanOrEqual(DATE_STEP_MS);
  expect(largest(identifies)).toBeLessThanOrEqual(DATE_STEP_MS);
  expect(warning).toMatch(words);
});

test.each([0, 500, -300])('a host clock that is %i ms ahead is taken as it is', async (aheadMs) => {
  const { tracks, warning } = await runOnHost({ aheadMs });
  expect(tracks.map((shift) => shift + aheadMs)).toEqual(Array(30).fill(0));
  expect(warning).toBeUndefined();
});

test('Segment’s clock counts as soon as Segment has answered, Auth0’s until then', async () => {
  const { tracks } = await runOnHost({ aheadMs: HOUR_MS, auth0AheadMs: 20_000 });
  expect(largest(tracks.slice(0, 10))).toBeGreaterThan(18_000);
  expect(largest(tracks.slice(0, 10))).toBeLessThanOrEqual(21_000);
  expect(largest(tracks.slice(10))).toBeLessThanOrEqual(DATE_STEP_MS);
});

test('a host clock that is 30 s ahead causes no warning', async () => {
  expect((await runOnHost({ aheadMs: 30_000 })).warning).toBeUndefined();
});
