import { describe, expect, test } from 'vitest';
import { nextDue, parseSchedule } from '../../../server/runs/schedule';

const noon = Date.parse('2026-03-01T12:00:01Z');
const iso = (times: number[]) => times.map((time) => new Date(time).toISOString());

test('says what a schedule means, and when it comes', () => {
  const schedule = parseSchedule(' 0  */5 * * * * ', 'Europe/Berlin');
  expect(schedule.cron).toBe('0 */5 * * * *');
  expect(schedule.description).toBe('Every 5 minutes');
  expect(iso(schedule.next(noon, 2))).toEqual(['2026-03-01T12:05:00.000Z', '2026-03-01T12:10:00.000Z']);
});

test('goes by the clocks of its time zone, also when they are put forward', () => {
  const daily = parseSchedule('0 30 3 * * *', 'Europe/Berlin');
  expect(iso(daily.next(Date.parse('2026-03-28T00:00:00Z'), 2))).toEqual([
    '2026-03-28T02:30:00.000Z',
    '2026-03-29T01:30:00.000Z',
  ]);
});

test.each([
  ['* * * *', 'UTC', /"\* \* \* \*"\. It needs five fields/],
  ['@reboot', 'UTC', /needs five fields.*@hourly/],
  ['', 'UTC', /five fields/],
  ['0 99 * * * *', 'UTC', /cannot be read/],
  ['a b c d e f', 'UTC', /cannot be read/],
  ['0 0 0 31 2 *', 'UTC', /"0 0 0 31 2 \*", and no such date exists: day 31 of month 2\./],
  ['0 0 30 2 *', 'UTC', /no such date exists: day 30 of month 2/],
  ['0 */5 * * * *', 'Mars/Olympus', /"Mars\/Olympus", which is not known/],
])('%s in %s is refused in words', (cron, timeZone, words) => {
  expect(() => parseSchedule(cron, timeZone)).toThrow(RangeError);
  expect(() => parseSchedule(cron, timeZone)).toThrow(words);
});

test.each([
  ['*/5 * * * *', '0 */5 * * * *'],
  ['30 3 * * 1', '0 30 3 * * 1'],
  ['@hourly', '0 0 * * * *'],
  ['@Daily', '0 0 0 * * *'],
  ['@midnight', '0 0 0 * * *'],
  ['@weekly', '0 0 0 * * 0'],
  ['@monthly', '0 0 0 1 * *'],
  ['@yearly', '0 0 0 1 1 *'],
])('%s is understood as the six fields %s', (entered, cron) => {
  expect(parseSchedule(entered, 'UTC').cron).toBe(cron);
});

test.each([
  ['* * * * * *', /starts a run every second\. .*rate limit of the Auth0 tenant/],
  ['*/20 * * * * *', /starts a run every 20 seconds\./],
  ['0 * * * * *', /^$/],
  ['@hourly', /^$/],
])('%s warns of its cost if its runs start less than a minute apart', (cron, warning) => {
  expect(parseSchedule(cron, 'UTC').warning).toMatch(warning);
});

const tenant = { name: 'acme', schedule: '0 */5 * * * *', timeZone: 'UTC', isActive: true };
const MINUTE = 60_000;

describe('when a tenant is due next', () => {
  test('the only one of an installation runs on the second', () => {
    expect(nextDue(tenant, noon, true)).toBe(Date.parse('2026-03-01T12:05:00Z'));
    expect(nextDue({ ...tenant, isActive: false }, noon, true)).toBeNull();
    expect(nextDue({ ...tenant, isActive: false }, noon, false)).toBeNull();
  });

  test('of a thousand with the same schedule, no second has more than a handful', () => {
    const seconds = new Map<number, number>();
    for (let n = 0; n < 1_000; n += 1) {
      const due = nextDue({ ...tenant, name: `tenant-${n}` }, noon, false) ?? 0;
      expect(due).toBeGreaterThan(noon);
      expect(due).toBeLessThanOrEqual(noon + 5 * MINUTE);
      const second = Math.floor(due / 1_000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    expect(seconds.size).toBeGreaterThan(250);
    expect(Math.max(...seconds.values())).toBeLessThanOrEqual(12);
  });

  test.each([
    ['0 */5 * * * *', 5 * MINUTE],
    ['* * * * * *', 1_000],
    ['*/20 * * * * *', 20_000],
    ['0 0 3 * * *', 24 * 60 * MINUTE],
    ['0 0,2 9 * * *', undefined],
  ])(
    '%s: its runs follow each other in their own interval, each as much later as the others',
    (cron, interval) => {
      const spreads = new Set<number>();
      let due = noon;
      for (let runs = 0; runs < 10; runs += 1) {
        const next = nextDue({ ...tenant, schedule: cron }, due, false) ?? 0;
        if (interval && runs > 0) expect(next - due).toBe(interval);
        expect(next).toBeGreaterThan(due);
        const [scheduled = 0] = parseSchedule(cron, 'UTC')
          .next(next - 5 * MINUTE, 301)
          .filter((time) => time <= next)
          .slice(-1);
        spreads.add(next - scheduled);
        due = next;
      }
      expect(spreads.size).toBe(1);
      expect([...spreads][0]).toBeLessThan(interval ?? 2 * MINUTE);
    },
  );
});
