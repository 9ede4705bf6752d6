import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Agent, fetch as fetchWith } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeNetworkError, permanentFailure } from '../../src/http/network-error';
import { exchange } from '../../src/http/request';
import { createDeadline } from '../../src/time';
import { fakeClock } from '../support/fake-clock';
import { CERTIFICATE, EXPIRED_CERTIFICATE, KEY } from './certificates';

const HOST = 'logs.example';

async function listen(server: Server | ReturnType<typeof createHttpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const startTls = (cert: string) => listen(createServer({ key: KEY, cert }, (_, answer) => answer.end('{}')));

/** Returns what fetch throws for a server whose certificate's authority is trusted. */
async function thrownFor(cert: string, servername: string): Promise<unknown> {
  const port = await startTls(cert);
  const dispatcher = new Agent({ connect: { ca: cert, servername } });
  onTestFinished(() => dispatcher.close());
  return fetchWith(`https://127.0.0.1:${port}`, { dispatcher }).catch((error: unknown) => error);
}

const exchangeWith = (url: string) =>
  exchange(createDeadline({ clock: fakeClock(), budgetMs: 22_000 }), fetch, url, {});

describe('a request that reaches a server', () => {
  test('with a self-signed certificate fails with the remedy NODE_EXTRA_CA_CERTS', async () => {
    const port = await startTls(CERTIFICATE);
    await expect(exchangeWith(`https://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'tls_untrusted',
      message: `No secure connection to 127.0.0.1:${port}: the certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT). Set NODE_EXTRA_CA_CERTS to a PEM file with the certificate of that authority, and restart the exporter.`,
    });
  });

  test('that speaks no TLS fails with the remedy to find what answers', async () => {
    const port = await listen(createHttpServer((_, answer) => answer.end('{}')));
    await expect(exchangeWith(`https://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'tls_failed',
      message: expect.stringMatching(
        /the answer is not valid HTTPS \((ERR_SSL_\w+|EPROTO)\)\. Find the proxy/,
      ),
    });
  });

  test('with a certificate for another name names that name', async () => {
    expect(permanentFailure(await thrownFor(CERTIFICATE, HOST), HOST)).toMatchObject({
      code: 'tls_wrong_name',
      reason: `No secure connection to ${HOST}: the certificate is for other.example (ERR_TLS_CERT_ALTNAME_INVALID).`,
    });
  });

  test('with an expired certificate asks to check the clock', async () => {
    expect(permanentFailure(await thrownFor(EXPIRED_CERTIFICATE, 'other.example'), HOST)).toMatchObject({
      code: 'tls_expired',
      message: expect.stringContaining("Check this machine's clock"),
    });
  });
});

const thrown = (code: string) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('secret'), { code }) });

test.each([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls_untrusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls_untrusted'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls_untrusted'],
  ['CERT_NOT_YET_VALID', 'tls_expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls_wrong_name'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls_failed'],
  ['EPROTO', 'tls_failed'],
  ['HPE_INVALID_CONSTANT', 'tls_failed'],
])('%s is permanent, with the code %s and without its message', (code, expected) => {
  const failure = permanentFailure(thrown(code), HOST);
  expect(failure).toMatchObject({ code: expected, message: expect.stringContaining(HOST) });
  expect(failure?.message).not.toContain('secret');
  expect(describeNetworkError(thrown(code))).toMatch(/certificate|valid HTTPS/);
});

test.each([
  'ECONNRESET',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'ERR_SSL_UNEXPECTED_EOF_WHILE_READING',
  'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
  'HPE_INVALID_EOF_STATE',
])('%s is not permanent', (code) => {
  expect(permanentFailure(thrown(code), HOST)).toBeUndefined();
});

test.each([
  [407, 'proxy_credentials'],
  [403, 'proxy_refused'],
  [502, undefined],
])('a proxy that returns %i to a tunnel is named, with the error code %s', (status, code) => {
  const refused = Object.assign(new Error(`Proxy response (${status}) !== 200 when HTTP Tunneling`), {
    name: 'AbortError',
    code: 'UND_ERR_ABORTED',
  });
  const error = new TypeError('fetch failed', { cause: refused });
  expect(describeNetworkError(error)).toBe(`the proxy returned ${status}`);
  expect(permanentFailure(error, HOST)?.code).toBe(code);
});
