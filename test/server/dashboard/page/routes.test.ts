import { expect, test } from 'vitest';
import { hashOf, parseRoute, type Route } from '../../../../server/dashboard/page/routes';

test.each<[string, Route]>([
  ['#/', { page: 'tenants', search: '', state: '', number: 1 }],
  [
    '#/?search=acme+eu&state=failing&page=3',
    { page: 'tenants', search: 'acme eu', state: 'failing', number: 3 },
  ],
  ['#/tenants/acme', { page: 'tenant', name: 'acme', run: '' }],
  ['#/tenants/acme/runs/7f%2F1', { page: 'tenant', name: 'acme', run: '7f/1' }],
  ['#/extensions', { page: 'extensions' }],
])('%s names a page, and the page names it', (hash, route) => {
  expect(parseRoute(hash)).toEqual(route);
  expect(hashOf(route)).toBe(hash);
});

test.each(['', '#', '#/nothing', '#/tenants', '#/?state=unknown&page=-1', '#/?page=x'])(
  'the address %s names the first page',
  (hash) => {
    expect(parseRoute(hash)).toEqual({ page: 'tenants', search: '', state: '', number: 1 });
  },
);

test('an address that is badly encoded is taken as it stands', () => {
  expect(parseRoute('#/tenants/%')).toEqual({ page: 'tenant', name: '%', run: '' });
});
