import { isLoopback } from '../../../src/http/is-loopback';
import { HostError } from '../../host/host-error';
import { passwordProblem } from './password-problem';

const isOwn = (hostname: string) => hostname === '::1' || isLoopback(hostname);

/**
 * Makes sure that nobody reaches the Dashboard from another machine without a password that is not guessed.
 *
 * @returns warnings in words, for whoever starts the host
 * @throws {HostError} naming what must be set
 */
export async function checkDoor({
  address,
  publicUrl,
  password,
}: {
  address: string;
  publicUrl: string | undefined;
  password: string;
}): Promise<string[]> {
  const open = isOwn(address)
    ? publicUrl && !isOwn(new URL(publicUrl).hostname)
      ? `DASHBOARD_URL is ${publicUrl}`
      : ''
    : `ADDRESS is ${address}`;
  if (password === '') {
    if (!open) return [];
    throw new HostError(
      `${open}, where others than this machine reach the Dashboard, and DASHBOARD_PASSWORD is empty. Set a password, or leave ADDRESS at 127.0.0.1 and DASHBOARD_URL empty.`,
      78,
    );
  }
  const problem = await passwordProblem(password);
  if (problem) throw new HostError(`DASHBOARD_PASSWORD ${problem}`, 78);
  return open && !publicUrl?.startsWith('https:')
    ? [
        `${open}, and browsers reach it by plain http: whoever is on the way can read the password. Put a proxy with https in front, and its address into DASHBOARD_URL.`,
      ]
    : [];
}
