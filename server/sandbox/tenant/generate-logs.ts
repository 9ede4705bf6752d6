import { type GeneratedUsers, generateUsers } from './generate-users';
import { dateDigits, logId, logIdPosition, seededRandom } from './ids';
import type { TenantLog } from './types';

/**
 * Text that stands in generated logs and in no profile: where one of these turns up outside the tenant, a part
 * of a log leaked.
 */
export const leakCanaries = {
  ip: '203.0.113.',
  userAgent: 'SandboxBrowser',
  hostname: 'login.sandbox-tenant.example',
  clientName: 'Sandbox Shop',
  clientId: 'sandboxShopClientId',
  sessionId: 'log-session-',
  transactionId: 'log-transaction-',
  description: 'sandbox-log-description',
  organization: 'sandbox-log-organization',
} as const;

/** What `composeLog` needs to know of a log to fill in its details. */
interface LogFacts {
  /** Epoch milliseconds. */
  at: number;
  position: number;
  userName: string;
}

type DetailsOf = (facts: LogFacts) => Record<string, unknown>;

const flow = ({ at, position, userName }: LogFacts) => ({
  prompts: [
    {
      name: 'prompt-authenticate',
      initiatedAt: at - 2100,
      completedAt: at - 100,
      elapsedTime: 2000,
      requiredCaptcha: false,
      session_id: leakCanaries.sessionId + position,
      user_name: userName,
      stats: { loginsCount: 1 + (position % 40) },
    },
  ],
  initiatedAt: at - 2200,
  completedAt: at,
  elapsedTime: 2200,
  session_id: leakCanaries.sessionId + position,
  transaction_id: leakCanaries.transactionId + position,
});

const wrongPassword = ({ position }: LogFacts) => ({
  transaction_id: leakCanaries.transactionId + position,
  error: { message: 'Wrong email or password.' },
});

/** The `details` of each log type that the sandbox makes, as Auth0's published schemas want them. */
export const logDetails = {
  s: flow,
  ss: (facts) => ({
    ...flow(facts),
    body: {
      tenant: 'sandbox-tenant',
      client_id: leakCanaries.clientId,
      connection: 'Username-Password-Authentication',
      email: facts.userName,
      password: '*****',
      transaction: { id: leakCanaries.transactionId + facts.position, protocol: 'oidc-basic-profile' },
    },
  }),
  f: ({ position }) => ({
    error: { message: 'User did not consent', oauthError: 'access_denied', type: 'oauth-authorization' },
    session_id: leakCanaries.sessionId + position,
    transaction_id: leakCanaries.transactionId + position,
  }),
  fp: wrongPassword,
  fu: wrongPassword,
  slo: ({ position }) => ({
    return_to: 'https://shop.example/',
    session_id: leakCanaries.sessionId + position,
  }),
  ssa: flow,
  sapi: () => ({
    request: { method: 'patch', path: '/api/v2/connections/con_sandbox', ip: `${leakCanaries.ip}9` },
    response: { statusCode: 200, body: {} },
  }),
  seacft: ({ position }) => ({ code: '***********xyz', access_token_jti: `log-jti-${position}` }),
  sertft: ({ position }) => ({ familyId: `log-family-${position}`, tokenCounter: 1 + (position % 9) }),
} satisfies Record<string, DetailsOf>;

/** The log types that the sandbox knows how to make. */
export type LogType = keyof typeof logDetails;

/** What makes one log differ from the next of its type. */
interface LogFields extends LogFacts {
  id: string;
  type: LogType;
  /** `undefined`: the log has no `user_id` at all; `null` and `''` are what it says otherwise for no user. */
  userId: string | null | undefined;
}

/** A log of the given type with every field that Auth0's schema of the type asks for. */
export function composeLog({ id, type, at, position, userId, userName }: LogFields): TenantLog {
  const [strategy, connection] = connectionOf(userId);
  const log: TenantLog = {
    date: new Date(at).toISOString(),
    type,
    description: `${leakCanaries.description} ${position}`,
    connection,
    connection_id: 'con_sandbox',
    client_id: leakCanaries.clientId,
    client_name: leakCanaries.clientName,
    ip: `${leakCanaries.ip}${position % 256}`,
    user_agent: `${leakCanaries.userAgent} 120.0.0 / Mac OS X 10.15.${position % 10}`,
    details: logDetails[type]({ at, position, userName }),
    hostname: leakCanaries.hostname,
    user_id: userId ?? null,
    user_name: userName,
    strategy,
    strategy_type: strategy === 'auth0' ? 'database' : 'social',
    organization_id: `${leakCanaries.organization}-id`,
    organization_name: leakCanaries.organization,
    audience: 'https://shop.example/api',
    environment_name: 'prod-us-1',
    tenant_name: 'sandbox-tenant',
    is_mobile: false,
    log_id: id,
    _id: id,
    isMobile: false,
  };
  if (userId === undefined) delete log.user_id;
  return log;
}

function connectionOf(userId: string | null | undefined): [strategy: string, connection: string] {
  const bar = userId?.indexOf('|') ?? -1;
  const strategy = !userId || bar < 0 ? 'auth0' : userId.slice(0, bar);
  return [strategy, strategy === 'auth0' ? 'Username-Password-Authentication' : strategy];
}

/** Logs that exist as a formula: none is kept in memory. */
export interface GeneratedLogs {
  readonly count: number;
  /** Whom the logs name, but for the few that name nobody or somebody deleted. */
  readonly users: GeneratedUsers;
  at(index: number): TenantLog;
  typeAt(index: number): LogType;
  idAt(index: number): string;
  /** Returns the `user_id` of the log at `index`: `''`, `null` or `undefined` if it names no user. */
  userIdAt(index: number): string | null | undefined;
  /** Where the log with this id is, or `undefined` when it is none of these. */
  indexOf(id: string): number | undefined;
}

interface GenerateLogsOptions {
  count: number;
  /** Whom the logs name; a number makes as many users from the same seed. Default 1,000. */
  users?: GeneratedUsers | number;
  /** Share of sign-ups, logins and failed logins. Default 0.57. */
  selectedShare?: number;
  seed?: number;
  /** Time in the id of the first log; its date is up to 5.4 s earlier. Default 2026-01-01. */
  start?: Date | string | number;
  /** Time between the ids of a log and the next. Default one second. */
  stepMs?: number;
  /**
   * Share of logs that name no user: with `''`, with `null` or without the field. Default 0.005, and 0.8 of the failed
   * logins, which mostly fail before the user is known.
   */
  withoutUserShare?: number;
  /** Share of logs whose user was deleted. Default 0.005. */
  deletedUserShare?: number;
}

/** Longest time that Auth0 was seen to take from an event to its log, in milliseconds. */
const MAX_WRITE_DELAY_MS = 5_400;
const MIN_WRITE_DELAY_MS = 10;
/** Share of logs that are written late. Three in four of them follow a log that is not, and so are out of date order. */
const LATE_SHARE = 0.25;

/** Fields that are null in many logs of real tenants, and how often in a sandbox's. */
const NULL_SHARES = {
  organization_id: 0.5,
  organization_name: 0.5,
  audience: 0.2,
  hostname: 0.1,
  connection: 0.05,
  client_name: 0.05,
} as const;

/** The forms in which a log names no user. */
const NO_USER = ['', null, undefined] as const;

const OTHER_TYPES: readonly LogType[] = ['slo', 'sapi', 'seacft', 'sertft', 'fp', 'fu', 'ssa'];

/**
 * A tenant's logs, made when they are asked for and the same for the same seed.
 *
 * ```ts
 * startSandbox({ tenant: { logs: generateLogs({ count: 1_000_000, users: 50_000 }) } });
 * ```
 */
export function generateLogs(options: GenerateLogsOptions): GeneratedLogs {
  const { count, seed = 1, selectedShare = 0.57, stepMs = 1000 } = options;
  const { withoutUserShare, deletedUserShare = 0.005 } = options;
  const start = new Date(options.start ?? '2026-01-01T00:00:00.000Z').getTime();
  const given = options.users ?? 1000;
  // A login changes the profile: it is never older than the last of its user's logins.
  const lastSeen = start + count * stepMs;
  const users = typeof given === 'number' ? generateUsers({ count: given, seed, lastSeen }) : given;

  const timeAt = (index: number) => start + index * stepMs;
  const idAt = (index: number) => logId(dateDigits(timeAt(index)), index);

  /** Milliseconds from an event to the time in its log's id. One log in five is dated before its predecessor. */
  function writeDelayAt(index: number): number {
    const usual = MIN_WRITE_DELAY_MS + Math.floor(seededRandom(seed, index, 25) * Math.min(90, stepMs));
    if (seededRandom(seed, index, 26) >= LATE_SHARE) return usual;
    const late = stepMs + MIN_WRITE_DELAY_MS + Math.min(90, stepMs) + usual;
    return late > MAX_WRITE_DELAY_MS ? usual : late;
  }

  function typeAt(index: number): LogType {
    const roll = seededRandom(seed, index, 20);
    // One selected log in ten is a sign-up and one in ten a failed login.
    if (roll < selectedShare * 0.1) return 'ss';
    if (roll < selectedShare * 0.2) return 'f';
    if (roll < selectedShare) return 's';
    return OTHER_TYPES[Math.floor(seededRandom(seed, index, 21) * OTHER_TYPES.length)] ?? 'slo';
  }

  /** Index of the user, -1 for nobody. Squared, because some users come far more often than others. */
  function userIndexAt(index: number): number {
    const roll = seededRandom(seed, index, 22);
    const withoutUser = withoutUserShare ?? (typeAt(index) === 'f' ? 0.8 : 0.005);
    if (roll < withoutUser || users.count === 0) return -1;
    const popularity = seededRandom(seed, index, 23) ** 2;
    if (roll >= withoutUser + deletedUserShare) return Math.floor(popularity * users.count);
    return users.count + Math.floor(popularity * 1000);
  }

  function userIdAt(index: number): string | null | undefined {
    const user = userIndexAt(index);
    if (user >= 0) return users.idAt(user);
    return NO_USER[Math.floor(seededRandom(seed, index, 24) * NO_USER.length)];
  }

  function withNulls(log: TenantLog, index: number): TenantLog {
    Object.entries(NULL_SHARES).forEach(([field, share], place) => {
      if (seededRandom(seed, index, 30 + place) < share) log[field] = null;
    });
    if (log.connection === null) log.connection_id = '';
    return log;
  }

  return {
    count,
    users,
    typeAt,
    idAt,
    userIdAt,
    at(index) {
      const user = userIndexAt(index);
      const log = composeLog({
        id: idAt(index),
        type: typeAt(index),
        at: timeAt(index) - writeDelayAt(index),
        position: index,
        userId: userIdAt(index),
        userName: user < 0 ? '' : `user${user}@customer.example`,
      });
      return withNulls(log, index);
    },
    indexOf(id) {
      const index = logIdPosition(id);
      return index >= 0 && index < count && idAt(index) === id ? index : undefined;
    },
  };
}
