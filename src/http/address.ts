/**
 * Returns a host in the form in which hosts are compared: lower case, without a trailing dot, an international name in
 * its ASCII form.
 *
 * @param host name or address, with or without a port; anything else is returned as it is
 */
export function normalizeHost(host: string): string {
  const [, name = '', port = ''] = /^(.*?)(:\d{1,5})?$/.exec(host) ?? [];
  const address = `https://${name}`;
  const isHost = /^(\[[^\]]*\]|[^\s:/\\?#@%]+)$/.test(name) && URL.canParse(address);
  return isHost ? new URL(address).hostname.replace(/\.$/, '') + port : host;
}

const BYTE = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const IPV4_LOOPBACK = new RegExp(`^127(\\.${BYTE}){3}$`);

/** Whether a host name or address never leaves this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || IPV4_LOOPBACK.test(hostname);
}
