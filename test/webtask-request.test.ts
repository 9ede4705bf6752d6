import { describe, expect, test } from 'vitest';
import { basePath, type WebtaskRequest } from '../src/webtask';

const of = (url: string | undefined, x_wt?: WebtaskRequest['x_wt']) =>
  basePath({ url, x_wt } as WebtaskRequest);

describe('on the shared domain', () => {
  test.each([
    ['/api/run/tenant/foo', '/api/run/tenant/foo'],
    ['/api/run/tenant/foo/', '/api/run/tenant/foo'],
    ['/api/run/tenant/foo/login?x=/y', '/api/run/tenant/foo'],
    ['/api/run/tenant/foo?x', '/api/run/tenant/foo'],
    ['/api/run/tenant/foobar', ''],
    ['/api/run/tenant/foobar/login', ''],
    ['/api/run/tenantx/foo', ''],
    ['/api/run/other/foo', ''],
    ['/foo', ''],
    ['/', ''],
    ['/?next=/api/run/tenant/foo', ''],
  ])('%s is under %j', (url, base) => {
    expect(of(url, { container: 'tenant', jtn: 'foo', url_format: 1 })).toBe(base);
  });
});

describe('on a custom domain', () => {
  test.each([
    ['/tenant/foo', '/tenant/foo'],
    ['/tenant/foo/login', '/tenant/foo'],
    ['/foo', '/foo'],
    ['/foo/login', '/foo'],
    ['/foobar', ''],
    ['/tenant/foobar', ''],
    ['/tenant', ''],
    ['/tenantfoo', ''],
  ])('%s is under %j, with the container or without', (url, base) => {
    expect(of(url, { container: 'tenant', jtn: 'foo', url_format: 2 })).toBe(base);
  });

  test('one that is named like its container is found in full', () => {
    const mounted = { container: 'foo', jtn: 'foo', url_format: 2 };
    expect(of('/foo/foo/login', mounted)).toBe('/foo/foo');
    expect(of('/foo/login', mounted)).toBe('/foo');
  });
});

describe('on a wildcard domain', () => {
  test.each([
    ['/foo', '/foo'],
    ['/foo/', '/foo'],
    ['/foo/login', '/foo'],
    ['/foobar', ''],
    ['/login', ''],
    ['/tenant/foo', ''],
  ])('%s is under %j', (url, base) => {
    expect(of(url, { container: 'tenant', jtn: 'foo', url_format: 3 })).toBe(base);
  });
});

test('where the webtask has its host for itself, nothing is to be stripped', () => {
  for (const x_wt of [undefined, {}, { container: '' }, { url_format: 3 }, { url_format: 2 }]) {
    expect(of('/login', x_wt)).toBe('');
    expect(of('/', x_wt)).toBe('');
    expect(of(undefined, x_wt)).toBe('');
  }
});
