import { isLoopback } from '../../../src/http/is-loopback';
import { HostError } from '../../host/host-error';
import { LONGEST_PASSWORD } from './longest-password';

/** Characters of a password at least, as NIST SP 800-63B asks of one that people choose. */
const SHORTEST_PASSWORD = 8;

const isOwn = (hostname: string) => hostname === '::1' || isLoopback(hostname);

/**
 * Makes sure that nobody reaches the Dashboard from another machine without a password.
 *
 * @throws {HostError} naming what must be set
 */
export function checkDoor({
  address,
  publicUrl,
  password,
}: {
  address: string;
  publicUrl: string | undefined;
  password: string;
}): void {
  const size = Buffer.byteLength(password);
  if (password !== '' && (password.length < SHORTEST_PASSWORD || size > LONGEST_PASSWORD)) {
    throw new HostError(
      `DASHBOARD_PASSWORD has ${password.length} characters. It must have at least ${SHORTEST_PASSWORD}, and ${LONGEST_PASSWORD} bytes at most.`,
      78,
    );
  }
  if (password !== '') return;
  const open = isOwn(address)
    ? publicUrl && !isOwn(new URL(publicUrl).hostname)
      ? `DASHBOARD_URL is ${publicUrl}`
      : ''
    : `ADDRESS is ${address}`;
  if (open) {
    throw new HostError(
      `${open}, where others than this machine reach the Dashboard, and DASHBOARD_PASSWORD is empty. Set a password, or leave ADDRESS at 127.0.0.1 and DASHBOARD_URL empty.`,
      78,
    );
  }
}
