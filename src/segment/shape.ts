import type { FieldPath } from './field-path';

/** Names of events, by Auth0's abbreviation of the log's type. */
type EventNames = Readonly<Record<string, string>>;

/** The vocabularies to choose from: of Auth0's own extension, and of Segment's B2B SaaS spec, which knows no failed login. */
export const eventNames = {
  Auth0: {
    s: 'Success Login',
    ss: 'Success Signup',
    f: 'Failed Login',
    fp: 'Failed Login',
    fu: 'Failed Login',
  },
  Segment: { s: 'Signed In', ss: 'Signed Up', f: 'Login Failed', fp: 'Login Failed', fu: 'Login Failed' },
} as const satisfies Record<string, EventNames>;

/**
 * What calls are made of, as the administrator has chosen. Plain data, so that everything that makes calls makes
 * the same ones, and so that what was made otherwise can be told apart. No choice changes a `messageId`.
 */
export interface CallShape {
  /** Whether users are identified, besides the tracks. */
  identifies: boolean;
  /** Fields that never leave: of the profile as Auth0 has it, and as it would leave. */
  excluded: readonly FieldPath[];
  eventNames: EventNames;
  /** The field of the profile, as Auth0 has it, that is the `userId`; `undefined`: the id that Auth0 gave the user. */
  userIdField: FieldPath | undefined;
  /** Whether the organization of a log is told, as `groupId` of its track and in a group call. */
  groups: boolean;
  /** Whether application and connection of a log are properties of its track. */
  loginContext: boolean;
}

/** As Auth0's own extension had it, with identify calls. */
export const defaultShape: CallShape = {
  identifies: true,
  excluded: [],
  eventNames: eventNames.Auth0,
  userIdField: undefined,
  groups: false,
  loginContext: false,
};
