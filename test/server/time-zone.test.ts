import { expect, test } from 'vitest';
import { defaultTimeZone } from '../../server/time-zone';
import { isTimeZone } from '../../src/time-zone';
import { startProcess } from './cli/start-process';

test('a time zone that the machine reports is used if Node knows it', () => {
  expect(defaultTimeZone('Europe/Berlin', undefined)).toEqual({ timeZone: 'Europe/Berlin' });
  expect(defaultTimeZone('UTC', '<+03>-3')).toEqual({ timeZone: 'UTC' });
});

test.each([
  [':/etc/localtime', undefined],
  ['UTC0', undefined],
  ['Foo/Bar', undefined],
  ['', 'Etc/Unknown'],
  ['GMT+3', 'GMT+03:00'],
])('schedules use UTC, with a warning, if TZ is %j', (tz, reported) => {
  expect(defaultTimeZone(reported, tz)).toEqual({
    timeZone: 'UTC',
    warning: `TZ is ${JSON.stringify(tz)}, which is not a time zone that Node knows. Schedules use UTC. To use another time zone, set SCHEDULE_TIMEZONE.`,
  });
});

test('the warning names the machine if TZ is not set', () => {
  expect(defaultTimeZone(undefined, undefined).warning).toMatch(/^This machine's time zone is not/);
});

test('isTimeZone returns false for a name that is not a time zone', () => {
  expect(['', 'undefined', 'Mars', 'GMT+03:00', 'Etc/Unknown'].filter(isTimeZone)).toEqual([]);
});

test('a process with an unusable TZ adds a tenant whose schedule is in UTC, and warns', async () => {
  const args = ['--auth0-domain', 'acme.eu.auth0.com', '--auth0-client-id', 'client-1'];
  const secrets = ['--auth0-client-secret=-', '--segment-key=-'];
  const process = await startProcess(['tenants', 'add', 'acme', ...args, ...secrets, '--json'], {
    env: { TZ: 'Foo/Bar' },
  });
  process.child.stdin.end('client-secret-of-a-test\nsegmentKeyOfATest\n');
  expect(await process.exit).toBe(0);
  expect(JSON.parse(process.out())).toMatchObject({ name: 'acme', timeZone: 'UTC' });
  expect(process.err()).toBe(
    'Warning: TZ is "Foo/Bar", which is not a time zone that Node knows. Schedules use UTC. To use another time zone, set SCHEDULE_TIMEZONE.\n',
  );
});
