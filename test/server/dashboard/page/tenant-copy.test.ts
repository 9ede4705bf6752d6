import { describe, expect, test } from 'vitest';
import type { TenantDetails, TenantSummary } from '../../../../server/dashboard/api/view';
import {
  describeHours,
  describeReplay,
  describeSaved,
  describeTenant,
  momentOf,
  suggestName,
} from '../../../../server/dashboard/page/tenant-copy';
import { describeStartFrom } from '../../../../server/ui/page-copy';
import { localTimeZone } from '../../../../src/time-zone';
import { setReaderLocale } from '../../../support/set-reader-locale';

const NOW = Date.parse('2026-11-25T14:00:00.000Z');
const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();
setReaderLocale('en-GB');
const clock = new Date(NOW + 300_000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });

const summary: TenantSummary = {
  name: 'acme',
  domain: 'acme.eu.auth0.com',
  origin: 'stored',
  state: 'ok',
  isRunning: false,
  lag: 120_000,
  trend: 'caught-up',
  lastRun: {
    start: ago(2),
    failed: false,
    outcome: '14 events sent, 20 logs read',
    eventsSent: 14,
    rejected: 0,
  },
  nextRun: new Date(NOW + 300_000).toISOString(),
  slackFailure: null,
  isStreamPaused: false,
  eventsToday: 14,
  rejected: 0,
  hours: [],
};
const schedule = {
  cron: '0 */5 * * * *',
  // No zone is shown beside a time of the reader's own.
  timeZone: localTimeZone(),
  description: 'Every 5 minutes',
  setBy: '',
  isActive: true,
};
const lag = { lag: 120_000, exportedUntil: ago(2), trend: 'caught-up', caughtUpIn: null } as const;

/** The sentence of a tenant that differs from one that is caught up. */
const sentence = (differs: Partial<TenantSummary>, more: Partial<TenantDetails> = {}) =>
  describeTenant({ summary: { ...summary, ...differs }, running: null, lag, schedule, ...more }, NOW);

describe('a tenant in a plain sentence', () => {
  test('caught up: what the last run sent, and when the next is', () => {
    expect(sentence({})).toBe(
      `Caught up. Segment accepted 14 events of the last run, 2 minutes ago; the next is at ${clock}.`,
    );
    const nothing = { start: ago(2), failed: false, outcome: '', eventsSent: 0, rejected: 0 };
    expect(sentence({ lastRun: nothing })).toContain('The last run, 2 minutes ago, found nothing to send');
    expect(sentence({ state: 'incomplete', rejected: 3 })).toBe(
      'Segment rejected 3 calls in the last 24 hours. See Rejected calls for the reasons; everything else was sent.',
    );
    expect(sentence({ lastRun: { ...nothing, rejected: 3 } })).toContain(
      'Segment accepted 0 events and rejected 3 calls of the last run, 2 minutes ago',
    );
  });

  test('failing: that the next run tries again, or that none does', () => {
    expect(sentence({ state: 'failing' })).toBe(
      `The last run, 2 minutes ago, failed. The next, at ${clock}, tries again.`,
    );
    expect(sentence({ state: 'failing', nextRun: null })).toContain('none tries again');
    const tomorrow = new Date(NOW + 86_400_000).toISOString();
    expect(sentence({ state: 'failing', nextRun: tomorrow })).toMatch(
      /The next, on .*26.* at \d\d:\d\d.*, tries/,
    );
  });

  test('each other state says what it means', () => {
    expect(sentence({ state: 'overdue' })).toContain('though the schedule says: every 5 minutes');
    expect(sentence({ state: 'behind' })).toContain('let it run more often');
    expect(sentence({ state: 'catching-up' }, { lag: { ...lag, caughtUpIn: 1_227_000 } })).toContain(
      'caught up in about 20 minutes',
    );
    expect(sentence({ state: 'new', lastRun: null })).toBe(
      `It has not run yet. The first run is at ${clock}.`,
    );
    expect(sentence({ state: 'off', nextRun: null })).toContain('Switched off');
  });

  test('a run under way goes before all, with what it has done', () => {
    const running = { id: 'r', startedAt: ago(1), logsRead: 1_300, eventsSent: 1_204 };
    expect(sentence({}, { running })).toBe(
      'A run has been under way for 1 min: 1,300 logs read, 1,204 events sent so far.',
    );
    const begun = { ...running, startedAt: new Date(NOW - 9_000).toISOString(), logsRead: 0, eventsSent: 0 };
    expect(sentence({}, { running: begun })).toBe('A run has just begun.');
    expect(sentence({ state: 'failing' }, { running })).toContain('The last run failed; another');
    expect(sentence({ lastRun: null, state: 'new' }, { running })).toContain('The first run is under way');
  });
});

test('the chart of 24 hours has a text alternative', () => {
  const hours = [
    { events: 1_200, failed: 0 },
    { events: 4, failed: 2 },
  ];
  expect(describeHours(hours)).toBe(
    'Last 24 hours: 1,204 events, at most 1,200 in an hour; runs failed in 1 hour.',
  );
  expect(describeHours([])).toContain('no run failed');
});

test('a name is suggested from the domain, and is a slug whatever was entered', () => {
  const domains = [
    'acme.eu.auth0.com',
    ' https://Acme.auth0.com/x ',
    'login.example.com',
    '--',
    'x'.repeat(80),
  ];
  expect(domains.map(suggestName)).toEqual(['acme-eu', 'acme', 'login-example-com', '', 'x'.repeat(63)]);
});

describe('when what was saved takes effect', () => {
  const seconds = new Date(NOW + 300_000).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const running = { id: 'r', startedAt: ago(1), logsRead: 0, eventsSent: 0 };
  const saved = (differs: Partial<TenantSummary>, running: TenantDetails['running'] = null) =>
    describeSaved({ summary: { ...summary, ...differs }, running, schedule }, NOW);

  test('with the next run, to the second; not with the one that is under way', () => {
    expect(saved({})).toBe(`Saved. The next run, at ${seconds}, works with it.`);
    expect(saved({}, running)).toBe(
      `Saved. The run under way ends as it began; the next, at ${seconds}, works with it.`,
    );
    expect(saved({ nextRun: null })).toMatch(/^Saved\. The schedule is off/);
  });

  test('a time of a schedule in another zone has the zone of whoever reads', () => {
    const elsewhere = { ...schedule, timeZone: 'Asia/Kathmandu' };
    expect(describeSaved({ summary, running: null, schedule: elsewhere }, NOW)).toMatch(
      / (UTC|GMT|[A-Z]+)\S*, works/,
    );
  });
});

test.each([
  ['2026-11-25T10:00', 'UTC', '2026-11-25T10:00:00.000Z'],
  ['2026-11-25T10:00', 'Europe/Berlin', '2026-11-25T09:00:00.000Z'],
  ['2026-07-01T00:30', 'Europe/Berlin', '2026-06-30T22:30:00.000Z'],
  ['2026-11-25T10:00', 'America/New_York', '2026-11-25T15:00:00.000Z'],
  ['2026-11-25T10:00', 'Asia/Kathmandu', '2026-11-25T04:15:00.000Z'],
  // Hours beside the changes of summer time.
  ['2026-03-29T01:30', 'Europe/Berlin', '2026-03-29T00:30:00.000Z'],
  ['2026-03-29T03:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
  ['2026-10-25T03:30', 'Europe/Berlin', '2026-10-25T02:30:00.000Z'],
])('%s by the clocks of %s is %s', (wall, timeZone, moment) => {
  expect(new Date(momentOf(wall, timeZone)).toISOString()).toBe(moment);
});

test('no date and time is no moment', () => {
  expect(momentOf('', 'UTC')).toBeNaN();
});

test('START_FROM is told as used, with when, or as yet to be used', () => {
  expect(describeStartFrom(null)).toBe('');
  expect(describeStartFrom({ isUsed: false, usedAt: null })).toMatch(/^Not used yet/);
  expect(describeStartFrom({ isUsed: true, usedAt: ago(5) })).toMatch(/^Used on .*25.*acts once/);
  expect(describeStartFrom({ isUsed: true, usedAt: null })).toMatch(/^Used already\./);
});

test('a replay says with which log it starts, and that older ones are gone where they were asked for', () => {
  const start = { from: '9', date: ago(5), isOldestLeft: false };
  expect(describeReplay(start, false)).toMatch(/^A run starts with the log of .*2026.*\.$/);
  expect(describeReplay(start, true)).toMatch(/^The last run started with the log of .*2026.*\.$/);
  expect(describeReplay({ ...start, isOldestLeft: true }, false)).toMatch(/oldest that Auth0 still has/);
});
