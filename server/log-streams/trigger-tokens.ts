import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { HostError } from '../errors';
import type { LogStreamRow, LogStreamStore } from './log-stream-store';

/** The tokens that authorize the posts of log streams: one for each tenant, of which only the hash is kept. */
export interface TriggerTokens {
  /** Returns the log stream of the named tenant; `undefined` where the header does not carry its token. */
  find(tenant: string, authorization: string): Promise<LogStreamRow | undefined>;
  /** Returns true if the header carries the token of the tenant. */
  accepts(tenantId: string, authorization: string): Promise<boolean>;
  /** Creates a token that is not accepted before {@link activate}. */
  create(): string;
  /**
   * Accepts a token from now on; the tenant's former token is rejected from then on.
   *
   * @throws {HostError} where the tenant was removed
   */
  activate(tenantId: string, token: string): Promise<void>;
  /**
   * Creates a token, and activates it at once. It is returned this once.
   *
   * @throws {HostError} where the tenant was removed
   */
  rotate(tenantId: string): Promise<string>;
}

/** Bits enough that nobody guesses it, however often he may try. */
const TOKEN_BYTES = 32;
/** So that whoever finds one knows what it is. */
const PREFIX = 'a0ls_';

// Random as the tokens are, none is found from a plain hash.
const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');
/** Compared with where there is nothing else to compare with, so that it takes the same time. */
const NOBODYS = hashOf('');

const isSame = (one: string, other: string) => timingSafeEqual(Buffer.from(one), Buffer.from(other));

/** Returns the token of an Authorization header: administrators enter it in Auth0 with `Bearer`, without, or twice. */
const tokenIn = (authorization: string): string => authorization.replace(/^\s*(Bearer\s+)*/i, '').trim();

/** Makes the tokens of the log streams in a store. */
export function createTriggerTokens(
  store: Pick<LogStreamStore, 'find' | 'list' | 'putToken'>,
): TriggerTokens {
  const matches = (row: LogStreamRow | undefined, authorization: string) => {
    const token = tokenIn(authorization);
    return isSame(row?.tokenHash ?? NOBODYS, hashOf(token)) && token !== '';
  };
  const create = () => `${PREFIX}${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  const activate = async (tenantId: string, token: string) => {
    if (await store.putToken(tenantId, hashOf(token))) return;
    throw new HostError('The tenant was removed meanwhile, so it has no token. Add it again first.', 78);
  };
  return {
    find: async (tenant, authorization) => {
      const row = await store.find(tenant);
      return matches(row, authorization) ? row : undefined;
    },
    accepts: async (tenantId, authorization) =>
      matches(
        (await store.list()).find((row) => row.tenantId === tenantId),
        authorization,
      ),
    create,
    activate,
    rotate: async (tenantId) => {
      const token = create();
      await activate(tenantId, token);
      return token;
    },
  };
}
