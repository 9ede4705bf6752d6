import { expect, test } from 'vitest';
import { isLoopback } from '../../src/http/address';

test.each(['localhost', '127.0.0.1', '127.1.2.3', '[::1]'])('%s stays on this machine', (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each([
  '',
  'localhost.example.com',
  'notlocalhost',
  '127.0.0.1.example.com',
  '1127.0.0.1',
  '127.0.0',
  '127.0.0.256',
  '127.999.0.1',
  '10.0.0.1',
  '0.0.0.0',
  '128.0.0.1',
  '[::2]',
  'tenant.eu.auth0.com',
])('%j may leave it', (host) => {
  expect(isLoopback(host)).toBe(false);
});
