import { expect, test } from 'vitest';
import { normalizeHost } from '../../src/http/address';

test.each([
  ['Tenant.EU.Auth0.com', 'tenant.eu.auth0.com'],
  ['tenant.eu.auth0.com.', 'tenant.eu.auth0.com'],
  ['TENANT.example.:8443', 'tenant.example:8443'],
  ['Login.example.com:443', 'login.example.com:443'],
  ['Müller.example', 'xn--mller-kva.example'],
  ['127.0.0.1:3000', '127.0.0.1:3000'],
  ['[::1]:3000', '[::1]:3000'],
])('%s is the host %s', (entered, host) => {
  expect(normalizeHost(entered)).toBe(host);
});

test.each(['', 'tenant/path', 'user@host', 'a b', 'a%2eb', 'host:port', 'host:', 'host:1:2', 'host?q'])(
  '%j, which is no host, stays as it is',
  (text) => expect(normalizeHost(text)).toBe(text),
);
