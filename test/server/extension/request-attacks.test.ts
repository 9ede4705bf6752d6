import { createConnection } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createUsedLogins } from '../../../server/extension/login/login-state';
import { cookieName } from '../../../server/web/cookies';
import { cookieHeader } from './cookie-header';
import { expectRefusal } from './expect-refusal';
import { openExtension } from './open-extension';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'content-type': 'application/json' };
const callback = { method: 'POST', path: '/login/callback' };

describe('nobody is led elsewhere', () => {
  test('by any parameter', async () => {
    const extension = await openExtension();
    const evil = encodeURIComponent('https://evil.example/');
    const names = ['returnTo', 'redirect_uri', 'redirect', 'next', 'url', 'state', 'client_id', 'RelayState'];
    const query = names.map((name) => `${name}=${evil}`).join('&');
    for (const path of ['/', '/login', '/logout']) {
      const { status, headers } = await extension.send({ path: `${path}?${query}` });
      expect(status).toBeGreaterThanOrEqual(302);
      expect(headers.location).not.toContain('evil');
    }
    const login = await extension.begin();
    const finished = await extension.finish(login, {
      form: { returnTo: 'https://evil.example/', redirect_uri: '//evil.example' },
    });
    expect(finished.headers.location).toBe(`${extension.address}/login/done`);
  });

  test('by the Host header, nor by those of proxies', async () => {
    const extension = await openExtension();
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'gopher',
      forwarded: 'host=evil.example',
      'x-original-url': '//evil.example',
    };
    for (const path of ['/', '/login', '/logout', '/.well-known/oauth2-client-configuration']) {
      const answer = await extension.send({ path, headers });
      expect(JSON.stringify([answer.headers, answer.body])).not.toContain('evil');
    }
  });

  test('by an address that a browser could take for another host', async () => {
    const extension = await openExtension();
    for (const path of [
      '//evil.example',
      '//evil.example/..',
      '/\\evil.example',
      '/%2f%2fevil.example',
      '/https://evil.example',
    ]) {
      const answer = await extension.send({ path });
      expectRefusal(extension, answer, 404, 'not_found');
      expect(answer.headers.location).toBeUndefined();
    }
  });

  test('a Host header that is no host name is refused where only it could tell the address', async () => {
    const extension = await openExtension({ withoutAddress: true });
    for (const host of ['evil.example/path', 'a b', 'evil.example:80@other', '"<script>"']) {
      const answer = await extension.send({ path: '/login', headers: { host } });
      expectRefusal(extension, answer, 400, 'invalid_host');
    }
  });
});

test('no path leads out of the extension', async () => {
  const extension = await openExtension({
    path: '/name',
    mount: { url_format: 3, container: 'c', jtn: 'name' },
  });
  for (const path of [
    '/../../etc/passwd',
    '/name/../../etc/passwd',
    '/name/..%2f..%2fetc%2fpasswd',
    '/name/%2e%2e/%2e%2e/etc/passwd',
    '/name/..\\..\\webtask.json',
    '/name/api/report/../../../package.json',
    '/name/%00',
    '/name/%ff',
    '/name/api/..;/report',
    '/name/API/report',
  ]) {
    expectRefusal(extension, await extension.send({ path }), 404, 'not_found');
  }
});

describe('bodies', () => {
  test('are read up to 64 KB: a longer one is refused before it is read, one byte less is not', async () => {
    const extension = await openExtension();
    const ofLength = (length: number) => `state=${'x'.repeat(length - 6)}`;
    const longest = await extension.send({ ...callback, headers: FORM, body: ofLength(64 * 1024) });
    expectRefusal(extension, longest, 403, 'login_unknown');
    const headers = { ...FORM, 'content-length': String(64 * 1024 + 1) };
    const longer = await extension.send({ ...callback, headers, body: ofLength(64 * 1024 + 1) });
    expectRefusal(extension, longer, 413, 'body_too_large');
  });

  test('of unknown length are cut off at 64 KB: an endless one is answered and its connection closed', async () => {
    const extension = await openExtension();
    const { port } = new URL(extension.origin);
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = createConnection(Number(port), '127.0.0.1');
      socket.write(
        'POST /login/callback HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n',
      );
      const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
      const pour = () => {
        while (socket.writable && socket.write(chunk));
      };
      socket.on('drain', pour);
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(text));
      pour();
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"error":"body_too_large"');
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
  });

  test('that are too long are refused also where the platform has read them, announced or not', async () => {
    const body = `state=${'x'.repeat(70_000)}`;
    const parsed = await openExtension({ readBody: 'parsed' });
    expectRefusal(parsed, await parsed.send({ ...callback, headers: FORM, body }), 413, 'body_too_large');
    const text = await openExtension({ readBody: 'text' });
    const headers = { ...FORM, 'transfer-encoding': 'chunked' };
    expectRefusal(text, await text.send({ ...callback, headers, body }), 413, 'body_too_large');
  });

  test('of JSON are not what a callback is: malformed is a 400, deeply nested and well-formed is a 415', async () => {
    const extension = await openExtension();
    for (const body of ['{', '', '{"a":1}}', 'undefined', '['.repeat(30_000)]) {
      const answer = await extension.send({ ...callback, headers: JSON_TYPE, body });
      expectRefusal(extension, answer, 400, 'malformed_json');
    }
    for (const body of [
      '{}',
      `${'['.repeat(30_000)}${']'.repeat(30_000)}`,
      `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`,
    ]) {
      const answer = await extension.send({ ...callback, headers: JSON_TYPE, body });
      expectRefusal(extension, answer, 415, 'not_a_form');
    }
  });

  test('that trigger a run are bound like all others', async () => {
    const extension = await openExtension();
    const headers = { ...JSON_TYPE, authorization: 'Bearer webtask-token-8c1f0e6a2b' };
    const nested = `{"schedule":"* * * * * *","state":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    const bodies = [
      '{',
      nested,
      `{"schedule":"x","state":"active","pad":"${'x'.repeat(70_000)}"}`,
      '{"__proto__":{"schedule":"x","state":"active"}}',
    ];
    for (const body of bodies) {
      const answer = await extension.send({ method: 'POST', path: '/', headers, body });
      expect([answer.status, JSON.parse(answer.body).error]).toEqual([400, 'invalid_cron_job']);
    }
    expect(extension.runs).toBe(0);
  });
});

test('no name in JSON, forms, queries or cookies reaches a prototype', async () => {
  for (const options of [{}, { readBody: 'parsed' }, { readBody: 'text' }] as const) {
    const extension = await openExtension(options);
    const cookie = await extension.signIn();
    const login = await extension.begin();
    const names = [
      '__proto__',
      '__proto__[polluted]',
      'constructor[prototype][polluted]',
      'constructor.prototype.polluted',
    ];
    const form = names.map((name) => `${encodeURIComponent(name)}=yes`).join('&');
    const spoiled = `${cookie}; __proto__=yes; constructor=yes`;
    const reported = await extension.send({ path: `/api/report?${form}`, headers: { cookie: spoiled } });
    expect(reported.status).toBe(200);
    await extension.send({
      ...callback,
      headers: { ...FORM, cookie: cookieHeader(login.cookies) },
      body: form,
    });
    const json = '{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}';
    await extension.send({ ...callback, headers: JSON_TYPE, body: json });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    for (const value of ['__proto__', 'constructor', 'toString']) {
      const answer = await extension.send({ path: `/api/report?filter=${value}`, headers: { cookie } });
      expectRefusal(extension, answer, 400, 'invalid_query');
    }
  }
});

test('no other origin is let at an answer, whatever it asks for and whoever is signed in', async () => {
  const extension = await openExtension();
  const cookie = await extension.signIn();
  const origin = 'https://evil.example';
  for (const path of ['/', '/api/report', '/meta', '/login', '/.well-known/oauth2-client-configuration']) {
    for (const [method, more] of [
      ['GET', {}],
      ['OPTIONS', { 'access-control-request-method': 'GET', 'access-control-request-headers': 'x-a' }],
    ] as const) {
      const answer = await extension.send({ method, path, headers: { cookie, origin, ...more } });
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin');
    }
  }
});

test('of finished logins ten thousand are remembered and no more', () => {
  const used = createUsedLogins();
  expect(used.claim('first')).toBe(true);
  expect(used.claim('first')).toBe(false);
  for (let other = 0; other < 9_999; other += 1) used.claim(`other-${other}`);
  expect(used.claim('first')).toBe(false);
  used.claim('one more');
  used.claim('and another');
  expect(used.claim('other-0')).toBe(true);
});

test('no request, whatever its method, path, cookies and body, makes the extension stumble', async () => {
  const extension = await openExtension();
  const session = await extension.signIn();
  const named = (part: 'state' | 'nonce') => cookieName(part, extension.address);
  const printable = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  });
  const known = fc.constantFrom(
    '/',
    '/login',
    '/login/callback',
    '/login/done',
    '/api/report',
    '/logout',
    '/meta',
    '/.extensions/on-uninstall',
  );
  const path = fc.oneof(
    known,
    fc.tuple(known, printable).map(([start, rest]) => `${start}?${rest}`),
    printable.map((rest) => `/${rest}`),
  );
  const type = fc.constantFrom(
    'application/x-www-form-urlencoded',
    'application/json',
    'multipart/form-data',
    'text/plain; charset=utf-7',
  );
  const requests = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'),
    path,
    headers: fc.record({
      cookie: fc.oneof(
        fc.constant(session),
        printable,
        printable.map((value) => `${named('state')}=${value}; ${named('nonce')}=${value}`),
      ),
      'content-type': type,
      accept: fc.constantFrom('*/*', 'text/html', 'application/json', 'nothing/at-all'),
      authorization: printable.map((value) => `Bearer ${value}`),
    }),
    body: fc.oneof(fc.string(), fc.json()),
  });
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const { status } = await extension.send({
        ...request,
        headers: { ...request.headers, 'content-length': String(Buffer.byteLength(request.body)) },
      });
      expect(status).toBeLessThan(500);
    }),
    { numRuns: 400 },
  );
});
