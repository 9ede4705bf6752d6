import type { IncomingMessage } from 'node:http';

const TELLING = /^(forwarded|via|x-forwarded(-.+)?|x-real-ip)$/;

/**
 * Whether a request tells that a proxy has passed it on. HTTP/1.0 tells as well: no browser speaks it, and nginx
 * does where nobody has told it otherwise, without a header of its own.
 */
export function isProxied({ headers, httpVersion }: IncomingMessage): boolean {
  return httpVersion === '1.0' || Object.keys(headers).some((name) => TELLING.test(name));
}
