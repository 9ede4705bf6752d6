import { createManagementAuth } from 'auth0/management';
import { tenantUrl } from '../../../src/auth0/client';
import { quoteAuth0 } from '../../../src/auth0/errors';
import { classifyRefusal, type Refusal } from '../../../src/auth0/refusal';
import { ExportError } from '../../../src/errors';
import { describeForeignAnswer } from '../../../src/http/foreign-answer';
import { describeNetworkError, isUnknownHost } from '../../../src/http/network-error';
import { type BufferedResponse, exchange, isTransient } from '../../../src/http/request';
import { createRedactor } from '../../../src/redactor';
import { backoff, retry, retryAfter, type Try } from '../../../src/retry';
import { type Clock, createDeadline } from '../../../src/time';
import { HostError } from '../../errors';

/** What a tenant is administered with: a token of its Management API, or an application that may ask for one. */
export type AdministrationCredentials = { token: string } | { clientId: string; clientSecret: string };

/** Who is administered, and how the requests are sent. */
export interface AdministrationOptions {
  /** Bare host name; one on this machine may have a port, and is asked over plain HTTP. */
  domain: string;
  credentials: AdministrationCredentials;
  fetch: typeof fetch;
  clock: Clock;
  random: () => number;
  /** Fires when the process is asked to stop. */
  stop?: AbortSignal | undefined;
}

/** Time for all requests of a setup, waits for the rate limit included. */
const BUDGET_MS = 120_000;
const MOST_TRIES = 6;

/** A refusal by Auth0 that whoever asked may know what to do about. */
export class AdministrationError extends HostError {
  constructor(
    message: string,
    exitCode: 1 | 78,
    /** Of the answer; 0 where there was none. */
    readonly status: number,
    cause?: unknown,
  ) {
    super(message, exitCode, cause);
  }
}

/** A request as sentences name it, and the scope that it takes. */
interface Purpose {
  what: string;
  scope: string;
}

const PURPOSES: Readonly<Record<string, Purpose>> = {
  'GET clients': { what: 'looking for the application', scope: 'read:clients' },
  'POST clients': { what: 'creating the application', scope: 'create:clients' },
  'DELETE clients': { what: 'deleting the application', scope: 'delete:clients' },
  'POST rotate-secret': { what: 'making a new secret for the application', scope: 'update:client_keys' },
  'GET client-grants': { what: 'looking at what the application may do', scope: 'read:client_grants' },
  'POST client-grants': { what: 'granting scopes to the application', scope: 'create:client_grants' },
  'PATCH client-grants': { what: 'granting scopes to the application', scope: 'update:client_grants' },
  'DELETE client-grants': { what: 'taking back what was granted', scope: 'delete:client_grants' },
  'GET log-streams': { what: 'looking for the log stream', scope: 'read:log_streams' },
  'POST log-streams': { what: 'creating the log stream', scope: 'create:log_streams' },
  'PATCH log-streams': { what: 'changing the log stream', scope: 'update:log_streams' },
  'DELETE log-streams': { what: 'deleting the log stream', scope: 'delete:log_streams' },
};

const TOKEN: Purpose = { what: 'requesting an access token', scope: '' };

function purposeOf(method: string, { pathname }: URL): Purpose {
  if (pathname === '/oauth/token') return TOKEN;
  const [, , , collection = '', , action = ''] = pathname.split('/');
  return PURPOSES[`${method} ${action || collection}`] ?? { what: 'administering the tenant', scope: '' };
}

const isJson = (text: string) => /^\s*[[{]/.test(text);

const REPEAT = 'Then repeat the setup: what is done already is found again.';
const PLACE = 'Applications > APIs > Auth0 Management API';
/** A free plan has no log streams, others a few; the setup works without one. */
const WITHOUT_LOG_STREAM =
  "The tenant's plan has no log stream left, or none at all. Repeat the setup without the log stream: the schedule exports without it.";

/** Names what to delete where the tenant has as much of it as its plan allows; the grants of an application count with it. */
const entityOf = ({ scope }: Purpose) => (scope.endsWith(':log_streams') ? 'a log stream' : 'an application');

/** Returns the one thing to do about a refusal. */
function remedyFor(
  refusal: Refusal,
  purpose: Purpose,
  { status }: BufferedResponse,
  { domain, hasToken }: { domain: string; hasToken: boolean },
): string {
  const createsLogStream = purpose.scope === 'create:log_streams';
  switch (refusal) {
    case 'blocked':
      return `Allow requests from this machine to ${domain} in the proxy or firewall that answered. ${REPEAT}`;
    case 'foreign':
      return status === 404
        ? 'Check the domain: no tenant seems to be there.'
        : 'Check the domain: something other than Auth0 seems to answer there.';
    case 'credentials':
      return "Copy the administrative application's client ID and client secret again from its settings in Auth0.";
    case 'custom_domain':
      return "Enter the tenant's own domain, such as TENANT.REGION.auth0.com, not a custom domain.";
    case 'not_authorized':
      return `Authorize the administrative application for the Auth0 Management API (${PLACE}). ${REPEAT}`;
    case 'grant_type':
      return `Allow the grant type Client Credentials for the administrative application. ${REPEAT}`;
    case 'token':
      return hasToken
        ? `The token has expired, or is that of another tenant. Get a new one under ${PLACE} > API Explorer.`
        : 'Repeat the setup.';
    case 'scope':
      return hasToken
        ? `The token lacks the scope ${purpose.scope}. Get one that has it. ${REPEAT}`
        : `The administrative application lacks the scope ${purpose.scope}. Grant it under ${PLACE}. ${REPEAT}`;
    case 'full':
      return `Delete ${entityOf(purpose)} that is no longer used, or upgrade the tenant's plan. ${REPEAT}`;
    case 'refused':
      return createsLogStream ? WITHOUT_LOG_STREAM : `Resolve what Auth0's message names. ${REPEAT}`;
    case 'unexpected':
      return createsLogStream && status === 409
        ? WITHOUT_LOG_STREAM
        : 'Repeat the setup; if this persists, check the domain.';
  }
}

/** What requests to the Management API are made with, for Auth0's own clients. */
interface AdministrationClientOptions {
  baseUrl: string;
  token: () => Promise<string>;
  fetch: typeof fetch;
  maxRetries: number;
  timeoutInSeconds: number;
}

/**
 * Makes what Auth0's clients are given to administer a tenant with. What was refused for its rate limit is asked again;
 * what failed otherwise only where asking twice makes nothing twice.
 *
 * @returns clients made with it throw an {@link AdministrationError} for everything but success, wrapped in their own
 */
export function createAdministrationOptions(options: AdministrationOptions): AdministrationClientOptions {
  const { domain, credentials, clock, random, stop } = options;
  const deadline = createDeadline({ clock, budgetMs: BUDGET_MS, stop });
  const hasToken = 'token' in credentials;
  const redactor = createRedactor(Object.values(credentials));
  const origin = tenantUrl(domain);

  const refusal = (purpose: Purpose, answer: BufferedResponse) => {
    const { status, text } = answer;
    const said = `Auth0 returned ${status} when ${purpose.what} at ${domain}.`;
    if (status < 300) {
      const remedy = 'Check the domain: something other than Auth0 seems to answer there.';
      return new AdministrationError(`${said} ${remedy}`, 78, status);
    }
    if (isTransient(answer)) {
      const remedy = `${status === 429 ? "The tenant's rate limit is used up" : 'This is usually temporary'}. Repeat the setup in a minute.`;
      return new AdministrationError(`${said}${quoteAuth0(text, redactor.text)} ${remedy}`, 1, status);
    }
    const kind = classifyRefusal(answer, purpose === TOKEN);
    const isForeign = kind === 'blocked' || kind === 'foreign';
    // The remedy for a missing scope names the scope that Auth0's message names.
    const quoted = kind === 'scope' ? '' : quoteAuth0(text, redactor.text);
    const cause = isForeign ? ` ${describeForeignAnswer(answer, 'Auth0')}` : quoted;
    const remedy = remedyFor(kind, purpose, answer, { domain, hasToken });
    return new AdministrationError(`${said}${cause} ${remedy}`, 78, status);
  };

  const send: typeof fetch = async (input, init = {}) => {
    const asked = new URL(input instanceof Request ? input.url : input);
    // The token client only knows https, a sandbox on this machine only http.
    const url = new URL(asked.pathname + asked.search, origin);
    const method = (init.method ?? 'GET').toUpperCase();
    const purpose = purposeOf(method, asked);
    // Deleting twice deletes once; creating twice would make two, and rotating twice is what nobody asked for.
    const mayRepeat = method !== 'POST' || purpose === TOKEN;
    const attempt = async (): Promise<Try<Response, AdministrationError>> => {
      try {
        const answer = await exchange(deadline, options.fetch, url, { ...init, signal: null });
        const { status, headers, text } = answer;
        if (status === 204) return { done: new Response(null, { status }) };
        if (status < 300 && isJson(text)) return { done: new Response(text, { status, headers }) };
        const failed = refusal(purpose, answer);
        const isWorthwhile = status === 429 || (mayRepeat && isTransient(answer));
        if (!isWorthwhile) throw failed;
        return { failed, askedMs: retryAfter(headers, clock.now()) ?? untilReset(headers, clock.now()) };
      } catch (error) {
        if (error instanceof HostError) throw error;
        if (error instanceof ExportError) throw new AdministrationError(error.message, 78, 0, error);
        const remedy = isUnknownHost(error)
          ? 'Check the domain.'
          : 'Check that this machine can connect to that host, then repeat the setup.';
        const failed = new AdministrationError(
          `Auth0 could not be reached at ${domain} when ${purpose.what}: ${describeNetworkError(error)}. ${remedy}`,
          1,
          0,
          error,
        );
        if (!mayRepeat || !(error instanceof Error && isTransient(error, true))) throw failed;
        return { failed };
      }
    };
    const result = await retry(attempt, {
      backoff: (tries) => backoff(tries, random),
      hasTimeFor: deadline.hasTimeFor,
      sleep: deadline.sleep,
      mostTries: MOST_TRIES,
    });
    if ('done' in result) return result.done;
    throw result.failed;
  };

  let asked: Promise<string> | undefined;
  const askForToken = async (clientId: string, clientSecret: string): Promise<string> => {
    const token: unknown = await createManagementAuth({
      domain,
      clientId,
      clientSecret,
      fetch: send,
    }).getToken();
    if (typeof token === 'string' && token !== '') return token;
    throw new HostError(
      `${domain} answered the request for an access token without one. Check the domain: something other than Auth0 seems to answer there.`,
      78,
    );
  };
  return {
    baseUrl: `${origin}/api/v2`,
    token: () => {
      asked ??=
        'token' in credentials
          ? Promise.resolve(credentials.token)
          : askForToken(credentials.clientId, credentials.clientSecret);
      return asked;
    },
    fetch: send,
    maxRetries: 0,
    timeoutInSeconds: 0,
  };
}

/** Milliseconds until the rate limit's reset, where an answer names it. */
function untilReset(headers: Headers, now: number): number | undefined {
  const seconds = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000 - now) : undefined;
}

/** The error in words that the requests threw, out of the one that an Auth0 client has wrapped around it. */
export function unwrapAdministrationError(error: unknown): unknown {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (e instanceof HostError) return e;
  }
  return error;
}
