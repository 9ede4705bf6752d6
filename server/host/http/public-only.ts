import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, install, setGlobalDispatcher } from 'undici';
import { isPublicAddress } from './is-public-address';

/** Milliseconds until a connection counts as failed, as undici has it by default. */
const CONNECT_TIMEOUT_MS = 10_000;

/** A connection that was refused because it leads to no public address. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
  /** By which the export knows it, in a bundle of its own. */
  readonly code = 'ERR_PRIVATE_ADDRESS';

  constructor(host: string, address: string) {
    super(
      host === address
        ? `${address} is an address of this machine or of a private network, where the exporter does not connect to. If that is meant, start it with ALLOW_PRIVATE_HOSTS=true in its environment.`
        : `${host} has the address ${address}, which belongs to this machine or to a private network, where the exporter does not connect to. Check the host name; if it is meant, start the exporter with ALLOW_PRIVATE_HOSTS=true in its environment.`,
    );
  }
}

/** Looks a host up and refuses it where any of its addresses is not public: none is connected to. */
const lookUpPublic: LookupFunction = (hostname, options, callback) => {
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

/** What this process connects to with `fetch`. */
export interface PublicOnly {
  /**
   * Lets it connect to servers that are not public, such as those of the sandbox.
   *
   * @param origins such as `http://127.0.0.1:4000`, and nothing else there
   */
  except(origins: readonly string[]): void;
}

/**
 * From now on `fetch` in this process connects to public addresses only, whatever DNS says from one moment to
 * the next: the very address that is connected to is looked at. Undici's own `fetch` takes the place of Node's,
 * which heeds another's agent in some versions only.
 */
export function connectToPublicOnly(): PublicOnly {
  const exceptions = new Set<string>();
  const plain = buildConnector({ timeout: CONNECT_TIMEOUT_MS });
  const guarded = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup: lookUpPublic });
  const connect: buildConnector.connector = (options, callback) => {
    const { protocol, host, hostname } = options;
    if (exceptions.has(`${protocol}//${host}`)) {
      plain(options, callback);
      return;
    }
    const address = hostname.replace(/^\[|\]$/g, '');
    // Node looks nothing up where there is an address already.
    if (isIP(address) !== 0 && !isPublicAddress(address)) {
      callback(new PrivateAddressError(address, address), null);
      return;
    }
    guarded(options, callback);
  };
  setGlobalDispatcher(new Agent({ connect }));
  install();
  return {
    except: (origins) => {
      for (const origin of origins) exceptions.add(origin);
    },
  };
}
