import { LogsClient } from 'auth0/logs';
import { UsersClient } from 'auth0/users';
import { ExportError } from '../errors';
import { markNumbers } from '../exact-json';
import { isLoopback } from '../http/address';
import { type BufferedResponse, exchange, isTransient, outOfTime } from '../http/request';
import { backoff, describeRetry, retry, retryAfter, type Try } from '../retry';
import { type Clock, createPeerClock, type Deadline, type PeerClock } from '../time';
import { type AccessToken, createAccessToken } from './access-token';
import { describeTenantFailure, tenantAnswerError } from './errors';
import { createRateLimit, type RateLimit } from './rate-limit';

/**
 * The base URL of a tenant.
 *
 * @param domain bare host name, as AUTH0_DOMAIN holds it; a sandbox on this machine may add a port and is
 *   asked over plain HTTP
 */
export function tenantUrl(domain: string): string {
  const scheme = isLoopback(domain.replace(/:\d+$/, '')) ? 'http' : 'https';
  return `${scheme}://${domain}`;
}

/** Auth0's own answers that their callers understand: malformed, unknown. */
const FOR_THE_CALLER = new Set([400, 404]);
/** An address that is too long may be refused before it reaches Auth0, in any form. */
const TOO_LONG = 414;

/** Auth0 ends a user search after two seconds; a best-effort request that takes longer than this is of no use. */
const MAX_BEST_EFFORT_MS = 4_000;
/** Tries of a best-effort request that exceeds the rate limit. After any other failure it is not retried. */
const MAX_BEST_EFFORT_TRIES = 3;

interface TenantFetchOptions {
  domain: string;
  fetch: typeof fetch;
  clock: Clock;
  /** Learns from every answer; without it, one of this client's own does. */
  auth0Clock?: PeerClock | undefined;
  deadline: Deadline;
  /** Shared by the fetches of a run; without it, this fetch has its own. */
  rateLimit?: RateLimit;
  /** Ends a request soon instead of retrying it, for a caller that does not need the answer. */
  isBestEffort?: boolean;
  random: () => number;
  /** Answers the access token that requests are to be sent with. */
  getToken: () => Promise<string>;
  /** Called with an access token that is expired, or lacks a right that may be granted before the next run. */
  forgetToken: (refused: string) => void;
  /** Takes secrets out of what Auth0 says. */
  redact: (text: string) => string;
  /** Called for each request that is sent, with `token`, `logs` or `users`. */
  onRequest: (resource: string) => void;
  /** Told in a sentence of each request that is to be tried again. */
  onRetry?: ((sentence: string) => void) | undefined;
  /** Whether nothing was ever exported: a host name that does not exist is a mistake then, and not tried again. */
  isFirstRun?: boolean;
}

/** Which rate limit and which words belong to an address. */
function resourceOf(url: URL): string {
  if (url.pathname === '/oauth/token') return 'token';
  return url.pathname.split('/')[3] ?? 'logs';
}

/** Whether an answer is what the client libraries will be able to parse. */
function isJson({ text }: BufferedResponse): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

/**
 * An answer for the Management API's clients, which take its body as text. That is read already; another
 * stream for it would cost as much as the first.
 *
 * @param text of the body
 */
function toResponse({ headers }: BufferedResponse, text: string): Response {
  return Object.defineProperty(new Response(null, { status: 200, headers }), 'text', {
    value: async () => text,
  });
}

/**
 * The fetch that the Auth0 clients are given: it paces itself by the tenant's rate limits, tries again what
 * may pass, renews an expired token once, and keeps inside the run's deadline. The clients' own retries
 * wait up to a minute, longer than a webtask lives.
 *
 * @returns a fetch that resolves for success, and for Auth0's own 400, 404 and 414
 * @throws {ExportError} for everything else, in words
 */
export function createTenantFetch(options: TenantFetchOptions): typeof fetch {
  const { domain, clock, deadline, random, redact, isBestEffort = false } = options;
  const { auth0Clock = createPeerClock(clock) } = options;
  const { rateLimit = createRateLimit({ clock, auth0Clock, deadline }) } = options;
  const requestDeadline = isBestEffort
    ? { ...deadline, requestTimeout: () => Math.min(MAX_BEST_EFFORT_MS, deadline.requestTimeout()) }
    : deadline;
  const origin = tenantUrl(domain);

  const attempt = async (
    resource: string,
    url: URL,
    init: RequestInit,
  ): Promise<BufferedResponse | Error> => {
    const observe = await rateLimit.take(resource);
    options.onRequest(resource);
    let answered = false;
    try {
      return await exchange(requestDeadline, options.fetch, url, init, (head) => {
        answered = true;
        observe(head);
      });
    } catch (error) {
      if (!answered) observe();
      return error instanceof Error ? error : new Error(String(error));
    }
  };

  const forgetTokenOf = ({ headers }: RequestInit) => {
    const [, token] = /^Bearer (.+)$/.exec(new Headers(headers).get('authorization') ?? '') ?? [];
    if (token) options.forgetToken(token);
  };

  /** What a caller gets of an answer: success, and Auth0's own refusals that it understands. */
  const forCaller = (resource: string, answer: BufferedResponse): Response | undefined => {
    const { status, headers, text } = answer;
    if (status < 300 && isJson(answer)) {
      if (resource === 'token') return new Response(text, { status: 200, headers });
      // No number of a log goes to Segment.
      return toResponse(answer, resource === 'users' ? markNumbers(text) : text);
    }
    if (status === 204) return new Response(null, { status: 204 });
    const isForCaller = status === TOO_LONG || (FOR_THE_CALLER.has(status) && isJson(answer));
    if (resource === 'token' || !isForCaller) return undefined;
    return new Response('{}', { status, headers: { 'content-type': 'application/json' } });
  };

  return async (input, init = {}) => {
    const asked = new URL(input instanceof Request ? input.url : input);
    // The token client only knows https, a sandbox on this machine only http.
    const url = new URL(asked.pathname + asked.search, origin);
    const resource = resourceOf(url);
    // The client's own limit of a minute would end every try after the first that ran into it; each is bounded
    // by the run's deadline.
    let request: RequestInit = { ...init, signal: null };
    let renewed = false;

    const ask = async (): Promise<Try<Response, BufferedResponse | Error>> => {
      const result = await attempt(resource, url, request);
      if (result instanceof ExportError) throw result;
      if (result instanceof Error) {
        if (!isTransient(result, options.isFirstRun)) {
          throw tenantAnswerError(domain, resource, result, redact);
        }
        return { failed: result };
      }
      const response = forCaller(resource, result);
      if (response) return { done: response };
      if (result.status === 401 && resource !== 'token' && !renewed) {
        renewed = true;
        const headers = new Headers(request.headers);
        forgetTokenOf(request);
        headers.set('authorization', `Bearer ${await options.getToken()}`);
        request = { ...request, headers };
        return ask();
      }
      if (!isTransient(result)) {
        if (result.status === 403 && resource !== 'token') forgetTokenOf(request);
        throw tenantAnswerError(domain, resource, result, redact);
      }
      return { failed: result, askedMs: retryAfter(result.headers, auth0Clock.estimate()) };
    };

    const result = await retry(ask, {
      backoff: (tries) => backoff(tries, random),
      hasTimeFor: deadline.hasTimeFor,
      sleep: deadline.sleep,
      ...(isBestEffort && { mostTries: MAX_BEST_EFFORT_TRIES, shouldRetry: isRateLimited }),
      onWait: (failedTries, failed, waitMs) =>
        options.onRetry?.(
          describeRetry(describeTenantFailure(domain, resource, failed), failedTries, waitMs),
        ),
    });
    if ('done' in result) return result.done;
    const { failed, tries } = result;
    throw outOfTime(failed, tries, 'Auth0') ?? tenantAnswerError(domain, resource, failed, redact);
  };
}

const isRateLimited = (failure: BufferedResponse | Error): boolean =>
  !(failure instanceof Error) && failure.status === 429;

interface TenantClients {
  logs: LogsClient;
  users: UsersClient;
}

/** The parts of the Management API that the export uses. */
export interface Tenant extends TenantClients {
  /**
   * For requests that the export can do without, such as a search that saves lookups. A request gets four seconds and
   * one try, so that its failure never takes the time of the export.
   */
  bestEffort: TenantClients;
}

export interface TenantOptions {
  domain: string;
  clientId: string;
  clientSecret: string;
  /** What this process keeps of the tenant's access token; without it, each run asks for its own. */
  accessToken?: AccessToken;
  fetch: typeof fetch;
  clock: Clock;
  /** Learns from every answer; without it, one of this client's own does. */
  auth0Clock?: PeerClock | undefined;
  deadline: Deadline;
  random: () => number;
  /** Takes secrets out of what Auth0 says. */
  redact: (text: string) => string;
  /** Called for each request that is sent, with `token`, `logs` or `users`. */
  onRequest: (resource: string) => void;
  /** Told in a sentence of each request that is to be tried again. */
  onRetry?: ((sentence: string) => void) | undefined;
  /** Whether nothing was ever exported: a host name that does not exist is a mistake then, and not tried again. */
  isFirstRun?: boolean;
  /** Called with every access token that the run works with, so that it can be kept out of all output. */
  onToken: (token: string) => void;
}

type ClientOptions = ConstructorParameters<typeof LogsClient>[0];

/** Joins what the clients of a run share: the tenant's access token, the pacing and the deadline. */
function connect(options: TenantOptions): { patient: ClientOptions; bestEffort: ClientOptions } {
  const { domain, clock, deadline, onToken, accessToken = createAccessToken() } = options;
  const { auth0Clock = createPeerClock(clock) } = options;
  // A run requests one token, and another if that is refused. If each page requested a token that is about to expire,
  // the log that Auth0 writes of each request would add another page to read.
  let current: string | undefined;
  const getToken = async () => {
    if (current !== undefined) return current;
    current = await accessToken.get(options, patientFetch);
    onToken(current);
    return current;
  };
  const forgetToken = (refused: string) => {
    if (current === refused) current = undefined;
    accessToken.forget(refused);
  };
  const rateLimit = createRateLimit({ clock, auth0Clock, deadline });
  const shared = { ...options, auth0Clock, getToken, forgetToken, rateLimit };
  const patientFetch = createTenantFetch(shared);
  const clientOptions = (tenantFetch: typeof fetch): ClientOptions => ({
    baseUrl: `${tenantUrl(domain)}/api/v2`,
    token: getToken,
    fetch: tenantFetch,
    maxRetries: 0,
    // The client's own timer would outlive a failed request by a minute.
    timeoutInSeconds: 0,
  });
  return {
    patient: clientOptions(patientFetch),
    bestEffort: clientOptions(createTenantFetch({ ...shared, isBestEffort: true })),
  };
}

/** Returns the options of a client of the Management API: the tenant's token, and the run's pacing, retries and deadline. */
export const createClientOptions = (options: TenantOptions): ClientOptions => connect(options).patient;

/** Creates the clients that the export reads a tenant with. */
export function createTenant(options: TenantOptions): Tenant {
  const { patient, bestEffort } = connect(options);
  const createClients = (clientOptions: ClientOptions): TenantClients => ({
    logs: new LogsClient(clientOptions),
    users: new UsersClient(clientOptions),
  });
  return { ...createClients(patient), bestEffort: createClients(bestEffort) };
}
