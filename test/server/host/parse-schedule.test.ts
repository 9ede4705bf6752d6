import { expect, test } from 'vitest';
import { parseSchedule } from '../../../server/runs/scheduler';

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
  ['*/5 * * * *', 'UTC', /"\*\/5 \* \* \* \*"\. It needs six fields/],
  ['', 'UTC', /six fields/],
  ['0 99 * * * *', 'UTC', /cannot be read/],
  ['a b c d e f', 'UTC', /cannot be read/],
  ['0 0 0 30 2 *', 'UTC', /never comes/],
  ['0 */5 * * * *', 'Mars/Olympus', /"Mars\/Olympus", which is not known/],
])('%s in %s is refused in words', (cron, timeZone, words) => {
  expect(() => parseSchedule(cron, timeZone)).toThrow(RangeError);
  expect(() => parseSchedule(cron, timeZone)).toThrow(words);
});
