import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { clientOf, parseTrustProxy } from '../../../../server/dashboard/access/clients';

/** Returns the address of a client whose request came through proxies that wrote this header. */
function addressOf(forwardedFor: string, trustProxy: string): string {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: '127.0.0.1' });
  const request = new IncomingMessage(socket);
  request.headers['x-forwarded-for'] = forwardedFor;
  return clientOf(request, parseTrustProxy(trustProxy), undefined).address;
}

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:51234', '203.0.113.7'],
  ['[2606:4700::1]:443', '2606:4700::1'],
  ['"[2606:4700::1]"', '2606:4700::1'],
  ['2606:4700::1', '2606:4700::1'],
  ['198.51.100.1:80, 203.0.113.7:51234', '203.0.113.7'],
  ['unknown', '127.0.0.1'],
  ['203.0.113.7:x', '127.0.0.1'],
])('a client whose proxy writes X-Forwarded-For: %s is counted as %s', (header, address) => {
  expect(addressOf(header, '1')).toBe(address);
});

test('a proxy that is trusted by address is recognized with its port', () => {
  expect(addressOf('203.0.113.7:1, 10.0.0.5:2', '127.0.0.1, 10.0.0.0/8')).toBe('203.0.113.7');
});
