import { expect, test } from 'vitest';
import { isOverdue, judge, worstFirst } from '../../../server/dashboard/api/tenant-state';
import { parseRunState, type RunRecord } from '../../../src/storage/run-state';
import { makeRecord } from '../../support/make-record';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const MINUTE = 60_000;
const iso = (minutes: number) => new Date(NOW + minutes * MINUTE).toISOString();

const tenant = (row: object = {}) => ({
  id: 'id',
  name: 'acme',
  origin: 'stored' as const,
  settings: {},
  schedule: '0 */5 * * * *',
  timeZone: 'UTC',
  isActive: true,
  createdAt: iso(-60),
  dueAt: NOW + MINUTE,
  version: 1,
  ...row,
});
const run = (minutes: number, rest: Partial<RunRecord> = {}): RunRecord => ({
  ...makeRecord(),
  start: iso(minutes),
  end: iso(minutes + 0.5),
  ...rest,
});
const lease = (minutes: number) => ({
  owner: 'run-1',
  startedAt: iso(-1),
  expiresAt: iso(minutes),
  progress: run(-1),
});
const wordOf = (parts: { row?: object; state?: object; lastRuns?: RunRecord[]; rejected?: number }) =>
  judge(
    {
      tenant: tenant(parts.row),
      state: parseRunState(parts.state ?? {}),
      lastRuns: parts.lastRuns ?? [run(-1)],
      rejected: parts.rejected ?? 0,
    },
    NOW,
  ).word;
const failed = run(-1, { error: { message: 'Auth0 refused.', checkpoint: null } });
const left = (minutes: number, reached: number) =>
  run(minutes, { moreToCome: true, checkpointDate: iso(reached) });

test.each([
  ['ok', 'nothing was left', {}],
  ['incomplete', 'Segment rejected calls', { rejected: 2 }],
  ['failing', 'its last run failed and calls were rejected', { rejected: 2, lastRuns: [failed] }],
  ['new', 'it has not run', { lastRuns: [] }],
  ['failing', 'its last run failed', { lastRuns: [failed] }],
  ['ok', 'a run succeeded since', { lastRuns: [failed, run(-1)] }],
  ['failing', 'its last run was cut off', { state: { lease: lease(-0.1) } }],
  ['ok', 'a run is under way', { state: { lease: lease(0.1) } }],
  ['behind', 'logs come faster than they go', { lastRuns: [left(-6, -100), left(-1, -99)] }],
  ['catching-up', 'logs go faster than they come', { lastRuns: [left(-6, -100), left(-1, -50)] }],
  ['overdue', 'no run begins', { row: { dueAt: NOW - 11 * MINUTE } }],
  ['ok', 'a run is only late', { row: { dueAt: NOW - 9 * MINUTE } }],
  [
    'ok',
    'a run of before is still under way',
    { row: { dueAt: NOW - 11 * MINUTE }, state: { lease: lease(0.1) } },
  ],
  ['failing', 'a failure is worse than no run', { row: { dueAt: NOW - 60 * MINUTE }, lastRuns: [failed] }],
  ['overdue', 'it was never begun', { row: { dueAt: NOW - 60 * MINUTE }, lastRuns: [] }],
  ['off', 'it is switched off', { row: { isActive: false, dueAt: null }, lastRuns: [failed] }],
] as const)('%s: %s', (word, _why, parts) => {
  expect(wordOf({ ...parts, lastRuns: 'lastRuns' in parts ? [...parts.lastRuns] : [run(-1)] })).toBe(word);
});

test.each([
  ['* * * * * *', 1, false],
  ['* * * * * *', 3, true],
  ['0 0 * * * *', 119, false],
  ['0 0 * * * *', 121, true],
  ['0 0 0 * * *', 60, false],
  ['nonsense', 3, true],
])('%s, late by %i minutes: overdue is %s', (schedule, minutes, expected) => {
  expect(isOverdue(tenant({ schedule, dueAt: NOW - minutes * MINUTE }), NOW)).toBe(expected);
});

test('worst first: by state, of those that stand still the furthest behind, then by name', () => {
  const tenants = [
    { name: 'a', state: 'ok', lag: 9 },
    { name: 'b', state: 'failing', lag: null },
    { name: 'c', state: 'failing', lag: 5 },
    { name: 'd', state: 'failing', lag: 7 },
    { name: 'e', state: 'ok', lag: 20 },
    { name: 'f', state: 'overdue', lag: 99 },
  ] as const;
  expect([...tenants].sort(worstFirst).map(({ name }) => name)).toEqual(['d', 'c', 'b', 'f', 'a', 'e']);
});
