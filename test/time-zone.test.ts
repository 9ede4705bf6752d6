import { describe, expect, test } from 'vitest';
import { localTimeZone } from '../src/time-zone';

describe('localTimeZone', () => {
  test.each([
    [{ timeZone: 'America/New_York' }, 'America/New_York'],
    [{ timeZone: 'Etc/Unknown' }, 'UTC'],
    [{ timeZone: '' }, 'UTC'],
    [{}, 'UTC'],
  ])('of a machine or browser that reports %j is %s', (reported, timeZone) => {
    expect(localTimeZone(reported)).toBe(timeZone);
  });
});
