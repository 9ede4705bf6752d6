import { seededRandom } from './ids';
import type { TenantIdentity, TenantUser } from './types';

/** Ids that break naive URLs and search queries: spaces, quotes, backslashes, more bars, other scripts. */
const ODD_SHAPES: readonly ((tail: string) => string)[] = [
  (tail) => `auth0|with space ${tail}`,
  (tail) => `auth0|with "quotes" ${tail}`,
  (tail) => `ad|DOMAIN\\user ${tail}`,
  (tail) => `samlp|acme-corp|jürgen.müller@acme.example|${tail}`,
  (tail) => `oidc|日本語-ユーザー-${tail}`,
  (tail) => `custom|\\"both\\" (a OR b) AND * ${tail}`,
  (tail) => `custom|a/b?c=d&e#f%20g+h ${tail}`,
  (tail) => `auth0|${tail}\\`,
];

/** The id of the generated user at `index`; every eighth is of an odd shape. */
function generatedUserId(index: number): string {
  const tail = index.toString(16).padStart(8, '0');
  switch (index % 8) {
    case 1:
    case 5:
      return (
        `google-oauth2|10${(index * 7919) % 1_000_000_000}`.padEnd(25, '0') + String(index).padStart(10, '0')
      );
    case 3: {
      const shape = ODD_SHAPES[(index >> 3) % ODD_SHAPES.length] ?? ((text: string) => `auth0|${text}`);
      return shape(tail);
    }
    case 7:
      return `facebook|1022${(index * 104_729) % 10_000}`.padEnd(20, '0') + String(index).padStart(10, '0');
    default:
      return `auth0|65a5f0c2e4b07d31${tail}`;
  }
}

const GIVEN = ['Ada', 'Björn', 'Chloé', 'Dmitri', 'Emre', 'Fatima', 'Grace', 'Hiroshi', 'Inés', 'Jürgen'];
const FAMILY = ['Lovelace', 'Nguyễn', 'O’Brien', 'Petrov', 'Quispe', 'Sørensen', 'Tanaka', 'Weiß', 'Yıldız'];
const PLANS = ['free', 'team', 'business'];
const DAY = 86_400_000;
const FIRST_SIGNUP = Date.UTC(2023, 0, 1);

/** What a generated user is made of. */
interface GenerateUserOptions {
  seed: number;
  /** Filled up to about this many bytes of JSON. */
  profileBytes: number;
  /** When the user was last seen, in epoch milliseconds; some time within 90 days of its sign-up where it is not said. */
  lastSeen?: number | undefined;
}

/** The profile of the generated user at `index`. */
function generateUser(index: number, { seed, profileBytes, lastSeen }: GenerateUserOptions): TenantUser {
  const pick = <T>(list: readonly T[], salt: number, otherwise: T): T =>
    list[Math.floor(seededRandom(seed, index, salt) * list.length)] ?? otherwise;
  const user_id = generatedUserId(index);
  const given = pick(GIVEN, 1, 'Ada');
  const family = pick(FAMILY, 2, 'Lovelace');
  const created = FIRST_SIGNUP + Math.floor(seededRandom(seed, index, 3) * 900) * DAY + index * 17;
  const lastLogin = lastSeen ?? created + Math.floor(seededRandom(seed, index, 4) * 90) * DAY;
  const user: TenantUser = {
    user_id,
    email: `user${index}@customer.example`,
    email_verified: seededRandom(seed, index, 5) < 0.8,
    name: `${given} ${family}`,
    given_name: given,
    family_name: family,
    nickname: `${given.toLowerCase()}${index}`,
    picture: `https://avatars.example/${index}.png`,
    created_at: new Date(created).toISOString(),
    updated_at: new Date(lastLogin).toISOString(),
    last_login: new Date(lastLogin).toISOString(),
    last_ip: `192.0.2.${index % 256}`,
    logins_count: 1 + Math.floor(seededRandom(seed, index, 6) * 200),
    identities: identitiesOf(user_id, index),
    user_metadata: {
      locale: pick(['en', 'de', 'ja', 'es'], 7, 'en'),
      newsletter: seededRandom(seed, index, 8) < 0.4,
    },
    app_metadata: {
      plan: pick(PLANS, 9, 'free'),
      roles: seededRandom(seed, index, 10) < 0.1 ? ['admin', 'member'] : ['member'],
      company: { name: `Company ${index % 97}`, seats: 1 + (index % 250) },
    },
  };
  if (seededRandom(seed, index, 11) < 0.3)
    user.phone_number = `+1555${String(index % 10_000_000).padStart(7, '0')}`;
  if (seededRandom(seed, index, 12) < 0.4) user.username = `member_${index}`;
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

/** The index that `generatedUserId` made the id from, or `undefined` for an id that it never made. */
function generatedUserIndex(userId: string): number | undefined {
  const end = userId.endsWith('\\') ? -1 : undefined;
  const candidates = [
    Number.parseInt(userId.slice(-10, end), 10),
    Number.parseInt(userId.slice(end === undefined ? -8 : -9, end), 16),
  ];
  return candidates.find((index) => index >= 0 && generatedUserId(index) === userId);
}

interface GenerateUsersOptions {
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
