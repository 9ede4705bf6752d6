import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * IANA's IPv4 Special-Purpose Address Registry, and multicast: what is not globally reachable.
 * https://www.iana.org/assignments/iana-ipv4-special-registry
 */
const NOT_PUBLIC_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/**
 * The same for IPv6: https://www.iana.org/assignments/iana-ipv6-special-registry. Of ways to write IPv4 addresses
 * only NAT64's well-known prefix stays, by which machines without IPv4 reach everything else.
 */
const NOT_PUBLIC_IPV6: readonly (readonly [string, number])[] = [
  // Unspecified, loopback, and IPv4-compatible addresses.
  ['::', 96],
  // IPv4-translated (SIIT), and NAT64 within a network.
  ['::ffff:0:0:0', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['100:0:0:1::', 64],
  // Protocol assignments, Teredo and ORCHID among them; documentation; 6to4.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  // Site-local, which some networks still have.
  ['fec0::', 10],
  ['ff00::', 8],
];

/** Prefixes of IPv6 addresses whose last 32 bits are an IPv4 address: mapped, and NAT64. */
const IPV4_INSIDE = ['::ffff:', '64:ff9b::'];
const IPV4_STARTS_AT = 96;

const notPublic = new BlockList();
for (const [network, prefix] of NOT_PUBLIC_IPV4) {
  notPublic.addSubnet(network, prefix, 'ipv4');
  for (const before of IPV4_INSIDE) {
    notPublic.addSubnet(`${before}${network}`, IPV4_STARTS_AT + prefix, 'ipv6');
  }
}
for (const [network, prefix] of NOT_PUBLIC_IPV6) notPublic.addSubnet(network, prefix, 'ipv6');

/**
 * Whether an address belongs to the public internet: neither to this machine nor to a network behind it.
 *
 * @param address IPv4 or IPv6, without brackets; anything else is not public
 */
export function isPublicAddress(address: string): boolean {
  const [bare = ''] = address.split('%', 1);
  const version = isIP(bare);
  return version !== 0 && !notPublic.check(bare, version === 4 ? 'ipv4' : 'ipv6');
}

/** Top-level domains of names inside a network, which no public DNS has. */
const LOCAL_NAME = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home\.arpa)\.?$/i;

/** Thrown for a connection to a host that is not public. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
  /** The export, which is in a bundle of its own, knows the error by this code. */
  readonly code = 'ERR_PRIVATE_ADDRESS';

  /** @param address of the host, or the host itself if its name is enough to refuse it */
  constructor(host: string, address: string) {
    super(
      host === address
        ? `${address} is an address of this machine or of a private network, where the exporter does not connect to.`
        : `${host} has the address ${address}, which belongs to this machine or to a private network, where the exporter does not connect to.`,
    );
  }
}

/**
 * Returns true if the text of a host is enough to refuse it: a private address, or a name that is only known inside a
 * network. A proxy would resolve such a name for us.
 *
 * @param hostname of a URL, IPv6 in brackets
 */
export function isPrivateByText(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) !== 0 ? !isPublicAddress(bare) : LOCAL_NAME.test(bare);
}

/** Resolves a host, and fails if any of its addresses is private: DNS may return another one the next time. */
export const lookUpPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) {
      callback(error, '');
      return;
    }
    const refused = addresses.find(({ address }) => !isPublicAddress(address));
    const [first] = addresses;
    if (refused) callback(new PrivateAddressError(hostname, refused.address), '');
    else if (options.all || !first) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};
