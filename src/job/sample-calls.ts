import type { Choices } from '../choices/read-choices';
import { type ExportedLog, type SegmentCall, toSegmentCalls } from '../segment/calls';
import { toSegmentUser } from '../segment/profile';

/** A user as Auth0 has one, made up: with a field for each thing that can be chosen. */
const USER = {
  user_id: 'auth0|65f1c0ffee',
  email: 'ada@example.com',
  email_verified: true,
  name: 'Ada Lovelace',
  given_name: 'Ada',
  family_name: 'Lovelace',
  nickname: 'ada',
  picture: 'https://example.com/ada.png',
  created_at: '2026-01-05T09:00:00.000Z',
  updated_at: '2026-11-02T08:30:00.000Z',
  last_login: '2026-11-02T08:30:00.000Z',
  logins_count: 42,
  identities: [{ provider: 'auth0', connection: 'Username-Password-Authentication', isSocial: false }],
  user_metadata: { plan: 'team', phone: '+44 20 7946 0000' },
  app_metadata: { customer_id: 'C-1815', roles: ['admin'] },
};

/** A login of theirs. */
const LOG: ExportedLog = {
  id: '90020261102083000000000000001223372036854775807',
  date: '2026-11-02T08:30:00.000Z',
  type: 's',
  userId: USER.user_id,
  client: { id: 'tQ8b2m', name: 'Web shop' },
  connection: { id: 'con_7Jf2', name: 'Username-Password-Authentication' },
  organization: { id: 'org_9Kd1', name: 'acme' },
};

/** Stands for the digest of a write key. */
const SOURCE = '0123456789abcdef';

/**
 * The calls of a made-up login, as a run with these choices would make them.
 *
 * @returns an identify call and a group call where they are wanted, then the track
 */
export function sampleCalls({ shape }: Choices): SegmentCall[] {
  const users = new Map([[USER.user_id, toSegmentUser(USER, USER.user_id, shape)]]);
  return toSegmentCalls([LOG], users, SOURCE, shape).calls;
}
