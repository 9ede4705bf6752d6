import { createHash } from 'node:crypto';
import { createManagementAuth } from 'auth0/management';
import { ExportError } from '../errors';

/** Whose token it is: a tenant and a client of it. */
interface TokenOwner {
  domain: string;
  clientId: string;
  clientSecret: string;
}

/**
 * The access token of a tenant, kept in this process from one run to the next and nowhere else: each new one is
 * a request, and a log that Auth0 writes into the tenant, so that no run would ever find nothing new.
 */
export interface AccessToken {
  /**
   * The token that is held, or a new one where there is none, where it is about to expire, or where the client or
   * its secret are others than before.
   *
   * @param fetch what a new one is asked for with: the run's own, which knows how much time it has
   * @throws {ExportError} in words
   */
  get(owner: TokenOwner, fetch: typeof globalThis.fetch): Promise<string>;
  /** Forgets a token that the tenant has refused; one that took its place meanwhile stays. */
  forget(token: string): void;
}

/** Makes the memory for a tenant's access token. Auth0's client asks for a new one 10 seconds before the end. */
export function createAccessToken(): AccessToken {
  let held: { key: string; getToken: () => Promise<string>; token?: string } | undefined;
  let send: typeof globalThis.fetch = globalThis.fetch;

  const open = ({ domain, clientId, clientSecret }: TokenOwner) => {
    const secret = createHash('sha256').update(clientSecret).digest('base64url');
    const key = JSON.stringify([domain, clientId, secret]);
    if (held?.key === key) return held;
    const auth = createManagementAuth({
      domain,
      clientId,
      clientSecret,
      fetch: (input, init) => send(input, init),
    });
    held = { key, getToken: async () => auth.getToken() };
    return held;
  };

  return {
    get: async (owner, fetch) => {
      send = fetch;
      const current = open(owner);
      const token: unknown = await current.getToken();
      if (typeof token !== 'string' || token === '') {
        if (held === current) held = undefined;
        throw new ExportError(
          'auth0_unexpected',
          `${owner.domain} answered the request for an access token without one.`,
        );
      }
      current.token = token;
      return token;
    },
    forget: (token) => {
      if (held?.token === token) held = undefined;
    },
  };
}
