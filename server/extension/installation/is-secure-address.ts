import { isLoopback } from '../../../src/http/is-loopback';

/** Whether browsers keep cookies for an address that only travel encrypted: https, or their own machine. */
export function isSecureAddress(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || isLoopback(hostname);
}
