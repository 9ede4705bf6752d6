import { generateUser } from './generate-user';
import { generatedUserId } from './generated-user-id';
import { generatedUserIndex } from './generated-user-index';
import type { TenantUser } from './tenant-user';

export interface GenerateUsersOptions {
  count: number;
  seed?: number;
  /** Profiles are filled up to about this many bytes of JSON. Default: about 1.5 KB as they are. */
  profileBytes?: number;
  /** Epoch milliseconds of everybody's last login, and with it of the last change of each profile. */
  lastSeen?: number;
}

/** Users that exist as a formula: none is kept in memory. */
export interface GeneratedUsers {
  readonly count: number;
  at(index: number): TenantUser;
  /** Also answers for indexes past `count`: ids of users that are no longer there. */
  idAt(index: number): string;
  find(userId: string): TenantUser | undefined;
}

/** `count` users, the same for the same seed. */
export function generateUsers({
  count,
  seed = 1,
  profileBytes = 0,
  lastSeen,
}: GenerateUsersOptions): GeneratedUsers {
  const at = (index: number) => generateUser(index, { seed, profileBytes, lastSeen });
  return {
    count,
    at,
    idAt: generatedUserId,
    find(userId) {
      const index = generatedUserIndex(userId);
      return index === undefined || index >= count ? undefined : at(index);
    },
  };
}
