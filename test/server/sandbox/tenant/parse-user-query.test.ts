import { expect, test } from 'vitest';
import { parseUserQuery } from '../../../../server/sandbox/tenant/users';

test.each<[query: string, ids: string[]]>([
  ['user_id:"auth0|1"', ['auth0|1']],
  ['user_id:("auth0|1")', ['auth0|1']],
  ['user_id:("a" OR "b" OR "c")', ['a', 'b', 'c']],
  [' user_id:( "a"OR"b" ) ', ['a', 'b']],
  ['user_id:"a" OR user_id:("b" OR "c")', ['a', 'b', 'c']],
  [String.raw`user_id:("with \"quotes\"")`, ['with "quotes"']],
  [String.raw`user_id:("back\\slash" OR "end\\")`, ['back\\slash', 'end\\']],
  [String.raw`user_id:("auth0\|1")`, ['auth0|1']],
  ['user_id:("a OR b" OR "(c)")', ['a OR b', '(c)']],
  ['user_id:("日本語 😀")', ['日本語 😀']],
])('%s', (query, ids) => {
  expect(parseUserQuery(query)).toEqual(ids);
});

test.each([
  '',
  'user_id:',
  'user_id:()',
  'user_id:("a"',
  'user_id:("a" "b")',
  'user_id:("a" OR)',
  'user_id:(a OR b)',
  'user_id:("a" or "b")',
  'user_id:("a")) ',
  'user_id:("with "quotes"")',
  String.raw`user_id:("ends with \")`,
  'email:"a"',
  '"a"',
])('%s is malformed', (query) => {
  expect(parseUserQuery(query)).toBeUndefined();
});
