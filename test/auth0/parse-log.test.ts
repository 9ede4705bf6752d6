import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLog } from '../../src/auth0/logs';

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
  expect(log?.unreadable).toBe(`The log cannot be understood: ${fields} is missing or malformed.`);
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
