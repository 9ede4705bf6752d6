import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLog } from '../../src/auth0/logs';
import { useTimeZone } from '../support/use-time-zone';

const DATE = '2026-03-01T12:00:00.000Z';
const login = { log_id: '900', date: DATE, type: 's', user_id: 'auth0|1' };
const read = { id: '900', date: DATE, type: 's', userId: 'auth0|1' };

test.each(['s', 'ss', 'f'])('a log of type %s is read', (type) => {
  expect(parseLog({ ...login, type })).toEqual({ ...read, type });
});

test('nothing of a log is kept but its id, type, date and user', () => {
  const more = { _id: '900', ip: '203.0.113.7', user_agent: 'x', details: {}, user_name: 'a@b.example' };
  expect(parseLog({ ...login, ...more })).toEqual(read);
});

test.each([
  ['log_id', { log_id: '900', _id: '901' }],
  ['_id, without log_id', { _id: '900' }],
  ['_id, beside a log_id of null', { log_id: null, _id: '900' }],
  ['_id, beside an empty log_id', { log_id: '', _id: '900' }],
])('the id is %s', (_what, ids) => {
  const { log_id: _, ...rest } = login;
  expect(parseLog({ ...rest, ...ids })).toEqual(read);
});

test.each([
  ['null', null],
  ['nothing', undefined],
  ['a number', 900],
  ['a text', '900'],
  ['a list', [login]],
  ['without an id', { date: DATE, type: 's', user_id: 'auth0|1' }],
  ['with an empty id', { ...login, log_id: '' }],
  ['with a number for an id', { ...login, log_id: 900 }],
])('an entry that is %s cannot be named', (_what, entry) => {
  expect(parseLog(entry)).toBeUndefined();
});

test.each([
  ['missing', {}],
  ['null', { user_id: null }],
  ['empty', { user_id: '' }],
])('a user that is %s is none, and the log is read all the same', (_what, user) => {
  expect(parseLog({ log_id: '900', date: DATE, type: 's', ...user })).toEqual({ ...read, userId: '' });
});

test.each([' auth0|1 ', 'ad|DOMAIN\\user', 'oidc|日本"語"'])('the user %s stays as it is', (user_id) => {
  expect(parseLog({ ...login, user_id })?.userId).toBe(user_id);
});

test.each([
  ['date', { date: 'yesterday' }],
  ['date', { date: '' }],
  ['date', { date: undefined }],
  ['date', { date: 1_772_366_400_000 }],
  ['user_id', { user_id: 7 }],
  ['user_id', { user_id: { id: 'auth0|1' } }],
  ['type', { type: undefined }],
  ['type', { type: null }],
  ['type', { type: 7 }],
  ['type, date, user_id', { type: [], date: {}, user_id: [] }],
])('a log whose %s is %j is named as unreadable', (fields, wrong) => {
  const log = parseLog({ ...login, ...wrong });
  expect(log).toMatchObject({ id: '900', userId: '', date: '' });
  expect(log?.unreadable).toBe(`The log cannot be understood: ${fields} is missing, malformed or too long.`);
});

const POSITION = '000000000000001223372036854775807';

test.each([
  ['missing', undefined],
  ['null', null],
  ['an object', { $date: '2026-03-01T12:00:00.000Z' }],
  ['a number', 1_772_366_400_000],
  ['empty', ''],
  ['no ISO 8601 date', 'Sun, 01 Mar 2026 12:00:00'],
])('a log whose date is %s has the time of its log_id', (_what, date) => {
  const log_id = `90020260301120001250${POSITION}`;
  expect(parseLog({ ...login, log_id, date })).toEqual({
    ...read,
    id: log_id,
    date: '2026-03-01T12:00:01.250Z',
  });
  expect(parseLog({ ...login, log_id, date, type: 'slo' })?.date).toBe('2026-03-01T12:00:01.250Z');
});

test.each([
  ['a log_id of 49 digits', { log_id: `90020260301120001250${'1'.repeat(29)}` }, '2026-03-01T12:00:01.250Z'],
  ['a log_id of 56 digits', { log_id: `90020260301120001250${'1'.repeat(36)}` }, '2026-03-01T12:00:01.250Z'],
  ['a log_id without milliseconds', { log_id: '90020260301120001' }, '2026-03-01T12:00:01.000Z'],
  [
    'an _id of 24 hexadecimal digits',
    { log_id: undefined, _id: '69a42b4169a42b4169a42b41' },
    '2026-03-01T12:04:17.000Z',
  ],
])('a log without a date and with %s has the time that the id holds', (_what, ids, date) => {
  expect(parseLog({ ...login, date: undefined, ...ids })).toMatchObject({ date, userId: 'auth0|1' });
});

test.each(['90020261301120001250', '90020260231120001250', '90020260301250001250', '8000', 'z'.repeat(24)])(
  'a log without a date is unreadable if its id, %s, holds no time',
  (log_id) => {
    expect(parseLog({ ...login, log_id, date: null })?.unreadable).toContain('date is missing');
  },
);

test.each([
  ['2026-03-01T12:00:00.000', '2026-03-01T12:00:00.000Z'],
  ['2026-03-01 12:00:00', '2026-03-01T12:00:00Z'],
  ['2026-03-01T12:00', '2026-03-01T12:00Z'],
  ['2026-03-01T14:00:00+02:00', '2026-03-01T14:00:00+02:00'],
  ['2026-03-01', '2026-03-01'],
])('the date %s is read as %s in any time zone of the host', (date, inUtc) => {
  useTimeZone('America/New_York');
  const log = parseLog({ ...login, date });
  expect(log?.date).toBe(inUtc);
  expect(new Date(log?.date ?? '').toISOString().slice(0, 10)).toBe('2026-03-01');
});

test('a log with null in every optional field is read', () => {
  const nulls = Object.fromEntries(
    [
      'organization_id',
      'hostname',
      'audience',
      'location_info',
      'connection',
      'client_name',
      'client_id',
    ].map((field) => [field, null]),
  );
  expect(parseLog({ ...login, ...nulls, connection_id: '', user_id: null })).toEqual({ ...read, userId: '' });
});

test('a log_id of more than 128 characters cannot be named', () => {
  expect(parseLog({ ...login, log_id: '9'.repeat(128) })?.id).toHaveLength(128);
  expect(parseLog({ ...login, log_id: '9'.repeat(129) })).toBeUndefined();
});

test('a log whose user_id has more than 1,024 characters is unreadable', () => {
  expect(parseLog({ ...login, user_id: 'x'.repeat(1_024) })?.userId).toHaveLength(1_024);
  expect(parseLog({ ...login, user_id: 'x'.repeat(1_025) })?.unreadable).toContain('user_id is');
});

test('a name of more than 1,024 characters counts as missing', () => {
  const named = parseLog({ ...login, connection: 'x'.repeat(1_025), client_name: 'x'.repeat(1_024) });
  expect(named?.connection).toBeUndefined();
  expect(named?.client?.name).toHaveLength(1_024);
});

test.each([
  ['without a date', { date: undefined }, ''],
  ['with a number for a date', { date: 7 }, ''],
  ['with a number for a user', { user_id: 7 }, DATE],
])('a log of another type %s is passed, not called unreadable', (_what, odd, date) => {
  expect(parseLog({ ...login, type: 'slo', ...odd })).toEqual({ id: '900', type: 'slo', date, userId: '' });
});

test.each(['', 'S', 'sapi', '__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'the type "%s" is none that is exported',
  (type) => {
    expect(parseLog({ ...login, type })).toEqual({ id: '900', type, date: DATE, userId: '' });
  },
);

test('whatever an entry is, it is read or it cannot be named; nothing throws', () => {
  const value = fc.oneof(fc.constantFrom('s', 'ss', 'f', DATE, '900'), fc.jsonValue({ maxDepth: 1 }));
  const keys = ['log_id', '_id', 'type', 'date', 'user_id'].map((key) => [key, value]);
  const entry = fc.oneof(fc.anything(), fc.record(Object.fromEntries(keys), { requiredKeys: [] }));
  fc.assert(
    fc.property(entry, (any) => {
      const log = parseLog(any);
      if (!log) return;
      expect(log.id).not.toBe('');
      for (const text of [log.id, log.type, log.date, log.userId]) expect(typeof text).toBe('string');
    }),
  );
});
