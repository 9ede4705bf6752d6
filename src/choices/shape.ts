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

/**
 * The types of logs that may be exported: login, sign-up, failed login, and besides it wrong password and unknown
 * user.
 */
export const logTypes: readonly string[] = ['s', 'ss', 'f', 'fp', 'fu'];

/** Which logs are exported, as the administrator has chosen. */
export interface Selection {
  /** Auth0's abbreviations of their types, some of `logTypes`. */
  types: readonly string[];
  /** Ids and names of applications, in small letters; empty: all. */
  clients: readonly string[];
  /** Ids and names of connections, in small letters; empty: all. */
  connections: readonly string[];
}

/** Which failed logins are exported: those without a type of their own, or wrong passwords and unknown users as well. */
export type FailedLogins = 'Generic' | 'All';

/** The types of logs that are exported. */
export const toTypes = (failed: FailedLogins): readonly string[] =>
  failed === 'All' ? logTypes : ['s', 'ss', 'f'];

/** As Auth0's own extension had it. */
export const defaultSelection: Selection = {
  types: toTypes('Generic'),
  clients: [],
  connections: [],
};
