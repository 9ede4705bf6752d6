import { expect, test } from 'vitest';
import { readProxySettings } from '../../../server/cli/proxy-settings';

test('no proxy is used if no variable names one', () => {
  expect(readProxySettings({})).toBeUndefined();
  expect(readProxySettings({ HTTPS_PROXY: ' ', NO_PROXY: 'example.com' })).toBeUndefined();
});

test.each([
  [{ HTTPS_PROXY: 'http://proxy:3128' }, ['', 'http://proxy:3128/', '']],
  [
    { https_proxy: 'proxy.corp:3128', no_proxy: 'a.example,b' },
    ['', 'http://proxy.corp:3128/', 'a.example,b'],
  ],
  [{ HTTP_PROXY: 'http://a:1', https_proxy: 'https://b:2' }, ['http://a:1/', 'https://b:2/', '']],
  [{ ALL_PROXY: 'http://all:1' }, ['http://all:1/', 'http://all:1/', '']],
  [{ all_proxy: 'http://all:1', HTTPS_PROXY: 'http://s:2' }, ['http://all:1/', 'http://s:2/', '']],
  [{ https_proxy: 'http://lower:1', HTTPS_PROXY: 'http://upper:1' }, ['', 'http://lower:1/', '']],
])('the proxies of %j are read', (env, [httpProxy, httpsProxy, noProxy]) => {
  expect(readProxySettings(env)).toEqual({ httpProxy, httpsProxy, noProxy });
});

test.each([
  'socks5://user:Secret9@proxy:1080',
  'http://',
  'http://user:Sec ret9@:x',
  'ftp://proxy',
  'http://u:Secret9@host:99999',
])('a value that is not the URL of an HTTP proxy is refused without being shown: %s', (value) => {
  expect(() => readProxySettings({ HTTPS_PROXY: value })).toThrow(
    /^HTTPS_PROXY is not the URL of an HTTP proxy\. Write it as/,
  );
  expect(() => readProxySettings({ HTTPS_PROXY: value })).not.toThrow(/Secret9|ret9/);
});
