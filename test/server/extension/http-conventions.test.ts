import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { createApp } from '../../../server/extension/app';
import { createUsedLogins } from '../../../server/extension/login/login-state';
import { createIssuerKeys } from '../../../server/extension/login/verify-tokens';
import { systemClock } from '../../../src/time';
import { expectRefusal } from './expect-refusal';
import { openExtension } from './open-extension';
import { send } from './send';

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const PATHS = {
  '/': 'GET, HEAD, OPTIONS',
  '/api/report': 'GET, HEAD, OPTIONS',
  '/login': 'GET, HEAD, OPTIONS',
  '/login/callback': 'OPTIONS, POST',
  '/login/done': 'GET, HEAD, OPTIONS',
  '/logout': 'GET, HEAD, OPTIONS',
  '/meta': 'GET, HEAD, OPTIONS',
  '/.extensions/on-uninstall': 'DELETE, OPTIONS',
  '/.well-known/oauth2-client-configuration': 'GET, HEAD, OPTIONS',
};

describe('every answer', () => {
  test('is kept by no cache, framed by nobody, sniffed for no other type, and does not say what made it', async () => {
    const extension = await openExtension();
    const cookie = await extension.signIn();
    for (const path of [...Object.keys(PATHS), '/nothing']) {
      const { headers } = await extension.send({ path, headers: { cookie } });
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': expect.stringContaining('max-age='),
      });
      expect(headers.vary).toContain('cookie');
      expect(headers['x-powered-by'] ?? headers.etag ?? headers.server).toBeUndefined();
    }
  });

  test('allows the one script and the one style that were built, and nothing else', async () => {
    const extension = await openExtension();
    const cookie = await extension.signIn();
    const { headers, body } = await extension.send({ path: '/', headers: { cookie } });
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(
      /^default-src 'none';script-src 'sha256-[^']+';style-src 'sha256-[^']+';connect-src 'self'/,
    );
    expect(policy).not.toMatch(/unsafe|\*|http/);
    for (const directive of ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]) {
      expect(policy).toContain(directive);
    }
    expect(body).toContain('<script>void 0</script>');
  });
});

describe('methods', () => {
  test.each(Object.entries(PATHS))(
    'of %s are %s; any other is a 405 that names them',
    async (path, allowed) => {
      const extension = await openExtension();
      const options = await extension.send({ method: 'OPTIONS', path });
      expect([options.status, options.headers.allow, options.body]).toEqual([204, allowed, '']);
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
        if (allowed.includes(method) || (path === '/' && method === 'POST')) continue;
        const answer = await extension.send({ method, path });
        expectRefusal(extension, answer, 405, 'method_not_allowed');
        expect(answer.headers.allow).toBe(allowed);
      }
    },
  );

  test('HEAD answers as GET does, without a body', async () => {
    const extension = await openExtension();
    const cookie = await extension.signIn();
    for (const path of ['/', '/api/report', '/meta', '/nothing']) {
      const get = await extension.send({ path, headers: { cookie } });
      const head = await extension.send({ method: 'HEAD', path, headers: { cookie } });
      expect([head.status, head.headers['content-type'], head.body]).toEqual([
        get.status,
        get.headers['content-type'],
        '',
      ]);
    }
  });
});

describe('errors', () => {
  test('are a page to a browser that was led there, with a way on', async () => {
    const extension = await openExtension();
    const answers = await Promise.all([
      extension.send({ path: '/nothing', headers: BROWSER }),
      extension.send({
        method: 'POST',
        path: '/login/callback',
        headers: { ...BROWSER, 'content-type': 'application/x-www-form-urlencoded' },
      }),
    ]);
    for (const { headers, body } of answers) {
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(body).toContain('<a class="button button-main" href="/login">Sign in</a>');
    }
  });

  test('of the report are JSON to everyone', async () => {
    const extension = await openExtension();
    expectRefusal(
      extension,
      await extension.send({ path: '/api/report', headers: BROWSER }),
      401,
      'no_session',
    );
  });

  test('of the storage are described', async () => {
    const extension = await openExtension({ state: { checkpointId: 7 } });
    const headers = { cookie: await extension.signIn() };
    const answer = await extension.send({ path: '/api/report', headers });
    expectRefusal(extension, answer, 503, 'storage_damaged');
    expect(answer.body).toContain('START_FROM');
  });

  test('of an installation that lacks something name it; nobody is let in meanwhile', async () => {
    for (const secrets of [{ EXTENSION_SECRET: '' }, { EXTENSION_SECRET: 'short' }, { AUTH0_DOMAIN: '' }]) {
      const extension = await openExtension({ secrets });
      const [name = ''] = Object.keys(secrets);
      for (const path of ['/', '/login', '/api/report']) {
        const answer = await extension.send({ path });
        expect([answer.status, JSON.parse(answer.body)]).toEqual([
          500,
          { error: 'not_installed', message: expect.stringContaining(name) },
        ]);
      }
      expect((await extension.send({ path: '/meta' })).status).toBe(200);
    }
  });

  test('an address without encryption cannot keep a login, and says so', async () => {
    const extension = await openExtension({ secrets: { PUBLIC_WT_URL: 'http://logs.example.com' } });
    expectRefusal(extension, await extension.send({ path: '/login' }), 500, 'insecure_address');
  });

  test('of our own say nothing about themselves', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    const app = createApp({
      page: { script: '', style: '' },
      clock: systemClock,
      fetch,
      issuerKeys: createIssuerKeys(fetch),
      usedLogins: createUsedLogins(),
    });
    // Nobody has put a request context into the response.
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const answer = await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      path: '/login',
    });
    server.close();
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      500,
      { error: 'internal_error', message: 'The request could not be handled.' },
    ]);
    logged.mockRestore();
  });
});

describe('the way back to the Dashboard', () => {
  test.each([
    ['the address that the platform passes', 'https://manage.example.com/', 'https://manage.example.com'],
    ['Auth0’s own where none is passed', '', 'https://manage.auth0.com'],
    ['Auth0’s own where that is no web address', 'javascript:alert(1)', 'https://manage.auth0.com'],
    ['no markup', 'https://manage.example.com/"><b>', 'https://manage.example.com/%22%3E%3Cb%3E'],
  ])('is %s', async (_what, AUTH0_MANAGE_URL, address) => {
    const extension = await openExtension({ secrets: { AUTH0_MANAGE_URL } });
    const { body } = await extension.send({ path: '/', headers: { cookie: await extension.signIn() } });
    expect(/data-dashboard="([^"]*)"/.exec(body)?.[1]).toBe(address);
  });
});
