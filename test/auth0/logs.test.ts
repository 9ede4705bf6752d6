import { describe, expect, test } from 'vitest';
import { parseLogPage } from '../../src/auth0/logs';

const DATE = '2026-03-01T12:00:00.000Z';
const entry = (log_id: string) => ({ log_id, date: DATE, type: 's', user_id: 'auth0|1' });
const URL_OF_NEXT = 'https://tenant.example/api/v2/logs?from=901&take=100';

describe('the entries of a page', () => {
  test('are read in their order', () => {
    const { logs, unidentified } = parseLogPage(['901', '900', '902'].map(entry), null);
    expect(logs.map(({ id }) => id)).toEqual(['901', '900', '902']);
    expect(unidentified).toBe(0);
  });

  test('that cannot be named are counted, the others are read', () => {
    const { logs, unidentified } = parseLogPage([null, entry('900'), {}, 7, entry('901')], null);
    expect(logs.map(({ id }) => id)).toEqual(['900', '901']);
    expect(unidentified).toBe(3);
  });

  test('that cannot be understood stay, named as such', () => {
    const { logs, unidentified } = parseLogPage([{ ...entry('900'), date: 'never' }], null);
    expect(logs).toMatchObject([{ id: '900', unreadable: expect.stringContaining('date') }]);
    expect(unidentified).toBe(0);
  });

  test('may be none', () => {
    expect(parseLogPage([], null)).toEqual({ logs: [], unidentified: 0, next: undefined });
  });

  test('of which none can be named are no page: it would look as if nothing were newer', () => {
    expect(() => parseLogPage([{}, null], null)).toThrow(
      expect.objectContaining({ code: 'auth0_unexpected', message: expect.stringContaining('2 entries') }),
    );
  });

  test.each([null, undefined, {}, { logs: [entry('900')] }, 'logs', 7])('%j is no page', (body) => {
    expect(() => parseLogPage(body, null)).toThrow(expect.objectContaining({ code: 'auth0_unexpected' }));
  });
});

describe('the next page', () => {
  test.each([
    ['quoted', `<${URL_OF_NEXT}>; rel="next"`],
    ['unquoted', `<${URL_OF_NEXT}>; rel=next`],
    ['without spaces', `<${URL_OF_NEXT}>;rel="next"`],
    ['after others', `<https://tenant.example/api/v2/logs?from=1>; rel="prev", <${URL_OF_NEXT}>; rel="next"`],
    [
      'before others',
      `<${URL_OF_NEXT}>; rel="next", <https://tenant.example/api/v2/logs?from=1>; rel="prev"`,
    ],
  ])('is the one that a link %s names', (_what, link) => {
    expect(parseLogPage([], link).next).toBe('901');
  });

  test('is named by an id of any characters', () => {
    const link = `<https://tenant.example/api/v2/logs?take=100&from=${encodeURIComponent('a|"b" &日')}>; rel="next"`;
    expect(parseLogPage([], link).next).toBe('a|"b" &日');
  });

  test.each([
    ['no header', null],
    ['an empty header', ''],
    ['another relation', `<${URL_OF_NEXT}>; rel="prev"`],
    ['no log id', '<https://tenant.example/api/v2/logs?page=2>; rel="next"'],
    ['no address', '<next page>; rel="next"'],
    ['nonsense', 'next'],
  ])('is not known where there is %s', (_what, link) => {
    expect(parseLogPage([], link).next).toBeUndefined();
  });
});
