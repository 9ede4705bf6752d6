import { expect, test } from 'vitest';
import { parseLog } from '../../src/auth0/logs';
import { defaultSelection, type Selection, toTypes } from '../../src/choices/shape';
import { isSelected } from '../../src/job/batches';

const isExported = (log: object, selection: Partial<Selection> = {}) => {
  const read = parseLog({
    log_id: '900',
    type: 's',
    date: '2026-03-01T12:00:00.000Z',
    user_id: 'auth0|1',
    ...log,
  });
  return read && isSelected(read, { ...defaultSelection, ...selection });
};

test('of failed logins those without a type of their own are exported, or all', () => {
  const of = (selection: Partial<Selection>) =>
    ['s', 'ss', 'f', 'fp', 'fu', 'slo'].filter((type) => isExported({ type }, selection));
  expect(of({})).toEqual(['s', 'ss', 'f']);
  expect(of({ types: toTypes('All') })).toEqual(['s', 'ss', 'f', 'fp', 'fu']);
});

test.each([
  [{ client_id: 'tQ1' }, true],
  [{ client_id: 'other', client_name: 'SHOP' }, true],
  [{ client_id: 'other', client_name: 'Blog' }, false],
  [{ client_id: '', client_name: 7 }, false],
  [{}, false],
])('with applications chosen by id and by name, a log of %j: %s', (log, selected) => {
  expect(isExported(log, { clients: ['tq1', 'shop'] })).toBe(selected);
});

test('a log that cannot be understood is recorded where it is of what is chosen, or that cannot be told', () => {
  expect(isExported({ date: 'x' })).toBe(true);
  expect(isExported({ date: 'x', type: 'fp' })).toBe(false);
  expect(isExported({ date: 'x', client_id: 'a' }, { clients: ['b'] })).toBe(false);
  expect(isExported({ type: 7 }, { clients: ['b'] })).toBe(true);
});
