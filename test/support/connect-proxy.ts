import { createServer as createHttpServer, request } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { onTestFinished } from 'vitest';

/** The authority that signed the certificate of the intercepting proxy. Its key is gone. */
export const PROXY_CA = `-----BEGIN CERTIFICATE-----
MIIBlzCCAT2gAwIBAgIULC+6RVXXN1mJtibTuvniX3ccuvIwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNVGVzdCBwcm94eSBDQTAgFw0yNjExMzAxMzAzNDFaGA8yMTIw
MDEwMjEzMDM0MVowGDEWMBQGA1UEAwwNVGVzdCBwcm94eSBDQTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABN9vtJPQBAiVncxmw7gzxV0XJI2kGnSlBNyRgwOeupa1
xjIWHs01HV6u/2oA683xpXnWMfiOUWtX2jBu5WWMNlqjYzBhMB0GA1UdDgQWBBTy
hoHZQDLYv5BpRz0lp9CPLZNfAzAfBgNVHSMEGDAWgBTyhoHZQDLYv5BpRz0lp9CP
LZNfAzAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAKBggqhkjOPQQD
AgNIADBFAiEAnQfJHqhrzNF8YG2TyB9oyMnAbw0m/+Dj+7IEkdvBOpoCIHpcck8c
3r3iQQquVUFX5gkAH30ibYArRWA6CAz2tMr5
-----END CERTIFICATE-----
`;

/** For *.eu.auth0.com, api.segment.io and hooks.slack.com, until 2120. It protects nothing: everyone has its key. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBvTCCAWOgAwIBAgIULbDnvwtKgkWIE5Z+buCJ2PpPNsIwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNVGVzdCBwcm94eSBDQTAgFw0yNjExMzAxMzAzNDFaGA8yMTIw
MDEwMjEzMDM0MVowFjEUMBIGA1UEAwwLaW50ZXJjZXB0ZWQwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAATOzYLjDLG/C7upWN8UFPUAHOjSsX7t0qiG1+pn7Wm0wAPq
Zso4fPdOHHwOY1G6gWPTecJ+cnYjtyXQUjmEQm67o4GKMIGHMDoGA1UdEQQzMDGC
DiouZXUuYXV0aDAuY29tgg5hcGkuc2VnbWVudC5pb4IPaG9va3Muc2xhY2suY29t
MAkGA1UdEwQCMAAwHQYDVR0OBBYEFBQCaS7e3brZv3MyJKzpxf+pQjUCMB8GA1Ud
IwQYMBaAFPKGgdlAMti/kGlHPSWn0I8tk18DMAoGCCqGSM49BAMCA0gAMEUCIQCo
1t/aavBpzykKzUZZy6/0dAF9NmAAYx8Cn1pNm2xR2gIgJlE8MPZAslz0eZl2zn91
kXKKeUjl3AxJ3OxW8ST3pjU=
-----END CERTIFICATE-----
`;

const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVYr32Aw97G195KiK
ajju57WTVFW5iyGfTWYqZqAreCehRANCAATOzYLjDLG/C7upWN8UFPUAHOjSsX7t
0qiG1+pn7Wm0wAPqZso4fPdOHHwOY1G6gWPTecJ+cnYjtyXQUjmEQm67
-----END PRIVATE KEY-----
`;

/** A proxy of a company network on 127.0.0.1: it requires a password and inspects TLS. */
export interface ConnectProxy {
  port: number;
  /** Targets that clients asked for, such as `api.segment.io:443`. */
  readonly connected: string[];
  /** Requests that were refused with 407. */
  refused: number;
}

/**
 * Starts the proxy; it ends with the test.
 *
 * @param servers URL of the server that stands in for a host, by the host's name
 * @param credentials such as `user:password`
 */
export async function startConnectProxy(
  servers: Readonly<Record<string, string>>,
  credentials: string,
): Promise<ConnectProxy> {
  const inspector = createHttpsServer({ cert: CERTIFICATE, key: KEY }, (incoming, outgoing) => {
    const target = new URL(servers[incoming.headers.host ?? ''] ?? 'http://127.0.0.1:9');
    const forwarded = request(
      {
        host: target.hostname,
        port: target.port,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => inspector.listen(0, '127.0.0.1', resolve));
  const inspectorPort = (inspector.address() as AddressInfo).port;
  const expected = `Basic ${Buffer.from(credentials).toString('base64')}`;
  const proxy: ConnectProxy = { port: 0, connected: [], refused: 0 };
  const server = createHttpServer();
  server.on('connect', (incoming, client) => {
    client.on('error', () => client.destroy());
    if (incoming.headers['proxy-authorization'] !== expected) {
      proxy.refused += 1;
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
      return;
    }
    proxy.connected.push(incoming.url ?? '');
    const upstream = connect(inspectorPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.port = (server.address() as AddressInfo).port;
  onTestFinished(async () => {
    for (const one of [server, inspector]) {
      one.closeAllConnections();
      await new Promise((resolve) => one.close(resolve));
    }
  });
  return proxy;
}
