import {
  Agent,
  buildConnector,
  Dispatcher,
  EnvHttpProxyAgent,
  getGlobalDispatcher,
  install,
  setGlobalDispatcher,
} from 'undici';
import { isPrivateByText, lookUpPublic, PrivateAddressError } from './public-addresses';

/** Milliseconds until a connection counts as failed; undici's default. */
const CONNECT_TIMEOUT_MS = 10_000;

/** The proxies that outgoing requests go through. */
export interface ProxySettings {
  /** URL for targets with http; empty: none. */
  httpProxy: string;
  /** URL for targets with https; empty: none. */
  httpsProxy: string;
  /** Hosts that are reached without a proxy, as in NO_PROXY. */
  noProxy: string;
}

export interface OutgoingOptions {
  /** Refuses private addresses and local names. */
  isPublicOnly: boolean;
  proxies: ProxySettings | undefined;
}

/** Sends a request directly, through a proxy, or not at all. */
class OutgoingDispatcher extends Dispatcher {
  readonly #direct = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS } });
  readonly #refusing = new Agent({
    connect: ({ hostname }: buildConnector.Options, callback: buildConnector.Callback) => {
      const host = hostname.replace(/^\[|\]$/g, '');
      callback(new PrivateAddressError(host, host), null);
    },
  });
  readonly #guarded: Dispatcher;
  readonly #exceptions = new Set<string>();

  constructor(private readonly options: OutgoingOptions) {
    super();
    // The very address that is connected to is checked. Behind a proxy nothing is resolved here: the proxy does it.
    const connect = options.isPublicOnly
      ? buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup: lookUpPublic })
      : buildConnector({ timeout: CONNECT_TIMEOUT_MS });
    this.#guarded = options.proxies
      ? new EnvHttpProxyAgent({ connect, ...options.proxies })
      : new Agent({ connect });
  }

  /** Reaches these origins directly, even if their address is private. */
  except(origins: readonly string[]): void {
    for (const origin of origins) this.#exceptions.add(new URL(origin).origin);
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#routeOf(new URL(String(options.origin))).dispatch(options, handler);
  }

  override async close(): Promise<void> {
    await Promise.all([this.#direct, this.#refusing, this.#guarded].map((agent) => agent.close()));
  }

  #routeOf({ origin, hostname }: URL): Dispatcher {
    if (this.#exceptions.has(origin)) return this.#direct;
    return this.options.isPublicOnly && isPrivateByText(hostname) ? this.#refusing : this.#guarded;
  }
}

/** Globals that undici's `install` replaces. */
const REPLACED = [
  'fetch',
  'Headers',
  'Request',
  'Response',
  'FormData',
  'WebSocket',
  'CloseEvent',
  'ErrorEvent',
  'MessageEvent',
  'EventSource',
] as const;

/** The outgoing requests of this process. */
export interface Outgoing {
  /**
   * Reaches these origins directly, even if their address is private, such as those of the sandbox.
   *
   * @param origins such as `http://127.0.0.1:4000`
   */
  except(origins: readonly string[]): void;
  /** Ends the connections and restores `fetch` as it was. */
  restore(): Promise<void>;
}

/**
 * Makes `fetch` in this process use the proxies and refuse private addresses. undici's `fetch` replaces Node's, which
 * honours a foreign dispatcher in some versions only.
 */
export function configureOutgoing(options: OutgoingOptions): Outgoing {
  const before = REPLACED.map(
    (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name) ?? {}] as const,
  );
  const previous = getGlobalDispatcher();
  const dispatcher = new OutgoingDispatcher(options);
  setGlobalDispatcher(dispatcher);
  install();
  return {
    except: (origins) => dispatcher.except(origins),
    restore: async () => {
      setGlobalDispatcher(previous);
      for (const [name, descriptor] of before) Object.defineProperty(globalThis, name, descriptor);
      await dispatcher.close();
    },
  };
}
