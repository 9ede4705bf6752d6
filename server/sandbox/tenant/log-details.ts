import { logMarks } from './log-marks';

/** What `composeLog` needs to know of a log to fill in its details. */
export interface LogFacts {
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
      session_id: logMarks.sessionId + position,
      user_name: userName,
      stats: { loginsCount: 1 + (position % 40) },
    },
  ],
  initiatedAt: at - 2200,
  completedAt: at,
  elapsedTime: 2200,
  session_id: logMarks.sessionId + position,
  transaction_id: logMarks.transactionId + position,
});

const wrongPassword = ({ position }: LogFacts) => ({
  transaction_id: logMarks.transactionId + position,
  error: { message: 'Wrong email or password.' },
});

/** The `details` of each log type that the sandbox makes, as Auth0's published schemas want them. */
export const logDetails = {
  s: flow,
  ss: (facts) => ({
    ...flow(facts),
    body: {
      tenant: 'sandbox-tenant',
      client_id: logMarks.clientId,
      connection: 'Username-Password-Authentication',
      email: facts.userName,
      password: '*****',
      transaction: { id: logMarks.transactionId + facts.position, protocol: 'oidc-basic-profile' },
    },
  }),
  f: ({ position }) => ({
    error: { message: 'User did not consent', oauthError: 'access_denied', type: 'oauth-authorization' },
    session_id: logMarks.sessionId + position,
    transaction_id: logMarks.transactionId + position,
  }),
  fp: wrongPassword,
  fu: wrongPassword,
  slo: ({ position }) => ({ return_to: 'https://shop.example/', session_id: logMarks.sessionId + position }),
  ssa: flow,
  sapi: () => ({
    request: { method: 'patch', path: '/api/v2/connections/con_sandbox', ip: `${logMarks.ip}9` },
    response: { statusCode: 200, body: {} },
  }),
  seacft: ({ position }) => ({ code: '***********xyz', access_token_jti: `log-jti-${position}` }),
  sertft: ({ position }) => ({ familyId: `log-family-${position}`, tokenCounter: 1 + (position % 9) }),
} satisfies Record<string, DetailsOf>;

/** The log types that the sandbox knows how to make. */
export type LogType = keyof typeof logDetails;
