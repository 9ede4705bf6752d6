import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { describeNetworkError } from '../../src/http/network-error';

const coded = (code: string, cause?: unknown) => Object.assign(new Error('secret', { cause }), { code });

test.each([
  ['ECONNREFUSED', 'the connection was refused'],
  ['ECONNRESET', 'the connection was cut'],
  ['UND_ERR_SOCKET', 'the connection was cut'],
  ['ENOTFOUND', 'the host name does not exist'],
  ['UND_ERR_CONNECT_TIMEOUT', 'there was no answer in time'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'the authority of the certificate is unknown'],
  ['EHOSTUNREACH', 'the connection failed (EHOSTUNREACH)'],
])('%s is put into words, however deep it lies', (code, words) => {
  expect(describeNetworkError(coded(code))).toBe(words);
  expect(describeNetworkError(new TypeError('fetch failed', { cause: coded(code) }))).toBe(words);
});

test('a timeout and an abort are no answer in time', () => {
  expect(describeNetworkError(new DOMException('…', 'TimeoutError'))).toBe('there was no answer in time');
  expect(describeNetworkError(new DOMException('…', 'AbortError'))).toBe('there was no answer in time');
});

test('never repeats a message, nor a code that is none', () => {
  for (const error of [
    new Error('https://user:secret@host'),
    coded('with secret'),
    'secret',
    null,
    undefined,
  ]) {
    expect(describeNetworkError(error)).toBe('the connection failed');
  }
});

test('names what really happens when nobody listens', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const error = await fetch(`http://127.0.0.1:${port}`).catch((cause: unknown) => cause);
  expect(describeNetworkError(error)).toBe('the connection was refused');
});

test('ends for an error that is its own cause', () => {
  const error = new Error('round');
  error.cause = error;
  expect(describeNetworkError(error)).toBe('the connection failed');
});
