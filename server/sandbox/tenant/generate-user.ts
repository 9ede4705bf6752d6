import { chance } from './chance';
import { generatedUserId } from './generated-user-id';
import type { TenantIdentity, TenantUser } from './tenant-user';

const GIVEN = ['Ada', 'Björn', 'Chloé', 'Dmitri', 'Emre', 'Fatima', 'Grace', 'Hiroshi', 'Inés', 'Jürgen'];
const FAMILY = ['Lovelace', 'Nguyễn', 'O’Brien', 'Petrov', 'Quispe', 'Sørensen', 'Tanaka', 'Weiß', 'Yıldız'];
const PLANS = ['free', 'team', 'business'];
const DAY = 86_400_000;
const FIRST_SIGNUP = Date.UTC(2023, 0, 1);

/** What a generated user is made of. */
export interface GenerateUserOptions {
  seed: number;
  /** Filled up to about this many bytes of JSON. */
  profileBytes: number;
  /** When the user was last seen, in epoch milliseconds; some time within 90 days of its sign-up where it is not said. */
  lastSeen?: number | undefined;
}

/** The profile of the generated user at `index`. */
export function generateUser(
  index: number,
  { seed, profileBytes, lastSeen }: GenerateUserOptions,
): TenantUser {
  const pick = <T>(list: readonly T[], salt: number, otherwise: T): T =>
    list[Math.floor(chance(seed, index, salt) * list.length)] ?? otherwise;
  const user_id = generatedUserId(index);
  const given = pick(GIVEN, 1, 'Ada');
  const family = pick(FAMILY, 2, 'Lovelace');
  const created = FIRST_SIGNUP + Math.floor(chance(seed, index, 3) * 900) * DAY + index * 17;
  const lastLogin = lastSeen ?? created + Math.floor(chance(seed, index, 4) * 90) * DAY;
  const user: TenantUser = {
    user_id,
    email: `user${index}@customer.example`,
    email_verified: chance(seed, index, 5) < 0.8,
    name: `${given} ${family}`,
    given_name: given,
    family_name: family,
    nickname: `${given.toLowerCase()}${index}`,
    picture: `https://avatars.example/${index}.png`,
    created_at: new Date(created).toISOString(),
    updated_at: new Date(lastLogin).toISOString(),
    last_login: new Date(lastLogin).toISOString(),
    last_ip: `192.0.2.${index % 256}`,
    logins_count: 1 + Math.floor(chance(seed, index, 6) * 200),
    identities: identitiesOf(user_id, index),
    user_metadata: {
      locale: pick(['en', 'de', 'ja', 'es'], 7, 'en'),
      newsletter: chance(seed, index, 8) < 0.4,
    },
    app_metadata: {
      plan: pick(PLANS, 9, 'free'),
      roles: chance(seed, index, 10) < 0.1 ? ['admin', 'member'] : ['member'],
      company: { name: `Company ${index % 97}`, seats: 1 + (index % 250) },
    },
  };
  if (chance(seed, index, 11) < 0.3)
    user.phone_number = `+1555${String(index % 10_000_000).padStart(7, '0')}`;
  if (chance(seed, index, 12) < 0.4) user.username = `member_${index}`;
  const missing = profileBytes - (profileBytes > 0 ? Buffer.byteLength(JSON.stringify(user)) : 0);
  if (missing > 0) user.user_metadata = { ...user.user_metadata, biography: filler(missing) };
  return user;
}

function identitiesOf(userId: string, index: number): TenantIdentity[] {
  const bar = userId.indexOf('|');
  const provider = userId.slice(0, bar);
  const isSocial = provider === 'google-oauth2' || provider === 'facebook';
  const identity: TenantIdentity = {
    provider,
    user_id: userId.slice(bar + 1),
    connection: provider === 'auth0' ? 'Username-Password-Authentication' : provider,
    isSocial,
  };
  if (!isSocial) return [identity];
  return [
    {
      ...identity,
      access_token: `idp-access-token-${index}-ya29a0AfH6SMBx`,
      refresh_token: `idp-refresh-token-${index}-1o0g0Xq`,
      expires_in: 3599,
    },
  ];
}

function filler(bytes: number): string {
  return 'Likes long walks through the settings page. '.repeat(Math.ceil(bytes / 44)).slice(0, bytes);
}
