import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { HostError } from '../errors';
import type { LogStreamRow, LogStreamStore } from './log-stream-store';

/** What the posts of log streams are authorized with: of each tenant one token, of which only the hash is kept. */
export interface TriggerTokens {
  /** The log stream that a token belongs to; `undefined` where it is not that of the named tenant, or there is none. */
  find(tenant: string, token: string): Promise<LogStreamRow | undefined>;
  /** Whether this is the token of the tenant. */
  accepts(tenantId: string, token: string): Promise<boolean>;
  /**
   * Makes a new token, which takes the place of the former one at once. It is returned this once.
   *
   * @throws {HostError} where there is no such tenant any more
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

/** Makes the tokens of the log streams in a store. */
export function createTriggerTokens(
  store: Pick<LogStreamStore, 'find' | 'list' | 'putToken'>,
): TriggerTokens {
  const matches = (row: LogStreamRow | undefined, token: string) =>
    isSame(row?.tokenHash ?? NOBODYS, hashOf(token)) && token !== '';
  return {
    find: async (tenant, token) => {
      const row = await store.find(tenant);
      return matches(row, token) ? row : undefined;
    },
    accepts: async (tenantId, token) =>
      matches(
        (await store.list()).find((row) => row.tenantId === tenantId),
        token,
      ),
    rotate: async (tenantId) => {
      const token = `${PREFIX}${randomBytes(TOKEN_BYTES).toString('base64url')}`;
      if (await store.putToken(tenantId, hashOf(token))) return token;
      throw new HostError('The tenant was removed meanwhile, so it has no token. Add it again first.', 78);
    },
  };
}
