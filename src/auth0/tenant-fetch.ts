import { ExportError } from '../errors/export-error';
import type { Answer } from '../http/answer';
import { backoff } from '../http/backoff';
import { cutShort } from '../http/cut-short';
import { exchange } from '../http/exchange';
import { isTransientStatus } from '../http/is-transient-status';
import { retryAfter } from '../http/retry-after';
import type { Clock } from '../time/clock';
import { type Deadline, SHORT_TRY_MS } from '../time/deadline';
import { createRateLimit } from './rate-limit';
import { tenantAnswerError } from './tenant-answer-error';
import { tenantUrl } from './tenant-url';

/** Auth0's own answers that their callers understand: malformed, unknown. */
const FOR_THE_CALLER = new Set([400, 404]);
/** An address that is too long may be refused before it reaches Auth0, in any form. */
const TOO_LONG = 414;

/** What requests to a tenant are sent with. */
export interface TenantFetchOptions {
  domain: string;
  fetch: typeof fetch;
  clock: Clock;
  deadline: Deadline;
  random: () => number;
  /** Answers the access token that requests are to be sent with. */
  getToken: () => Promise<string>;
  /** Called with an access token that is expired, or lacks a right that may be granted before the next run. */
  forgetToken: (refused: string) => void;
  /** Takes secrets out of what Auth0 says. */
  redact: (text: string) => string;
  /** Called for each request that is sent, with `token`, `logs` or `users`. */
  onRequest: (resource: string) => void;
}

/** Which rate limit and which words belong to an address. */
function resourceOf(url: URL): string {
  if (url.pathname === '/oauth/token') return 'token';
  return url.pathname.split('/')[3] ?? 'logs';
}

/** Whether an answer is what the client libraries will be able to parse. */
function isJson({ text }: Answer): boolean {
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
 */
function toResponse({ headers, text }: Answer): Response {
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
  const { domain, clock, deadline, random, redact } = options;
  const rateLimit = createRateLimit({ clock, deadline });
  const origin = tenantUrl(domain);

  const attempt = async (resource: string, url: URL, init: RequestInit): Promise<Answer | Error> => {
    const observe = await rateLimit.take(resource);
    options.onRequest(resource);
    let answered = false;
    try {
      return await exchange(deadline, options.fetch, url, init, (head) => {
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

  return async (input, init = {}) => {
    const asked = new URL(input instanceof Request ? input.url : input);
    // The token client only knows https, a sandbox on this machine only http.
    const url = new URL(asked.pathname + asked.search, origin);
    const resource = resourceOf(url);
    // The client's own limit of a minute would end every try after the first that ran into it; each is bounded
    // by the run's deadline.
    let request: RequestInit = { ...init, signal: null };
    let renewed = false;
    for (let tries = 1; ; tries += 1) {
      const isLate = deadline.requestTimeout() < SHORT_TRY_MS;
      const result = await attempt(resource, url, request);
      if (result instanceof ExportError) throw result;
      if (!(result instanceof Error)) {
        if (result.status < 300 && isJson(result)) {
          return resource === 'token'
            ? new Response(result.text, { status: 200, headers: result.headers })
            : toResponse(result);
        }
        if (result.status === 204) return new Response(null, { status: 204 });
        const isForCaller =
          result.status === TOO_LONG || (FOR_THE_CALLER.has(result.status) && isJson(result));
        if (resource !== 'token' && isForCaller) {
          return new Response('{}', {
            status: result.status,
            headers: { 'content-type': 'application/json' },
          });
        }
        if (result.status === 401 && resource !== 'token' && !renewed) {
          renewed = true;
          const headers = new Headers(request.headers);
          forgetTokenOf(request);
          headers.set('authorization', `Bearer ${await options.getToken()}`);
          request = { ...request, headers };
          continue;
        }
        if (result.status >= 300 && !isTransientStatus(result.status)) {
          if (result.status === 403 && resource !== 'token') forgetTokenOf(request);
          throw tenantAnswerError(domain, resource, result, redact);
        }
      }
      const asks = result instanceof Error ? undefined : retryAfter(result.headers, clock.now());
      const wait = Math.max(asks ?? 0, backoff(tries, random));
      if (deadline.signal.aborted || !deadline.allowsWait(wait)) {
        if (isLate && tries === 1 && result instanceof Error) throw cutShort('Auth0');
        throw giveUp(domain, resource, result, redact);
      }
      await deadline.sleep(wait);
    }
  };
}

function giveUp(
  domain: string,
  resource: string,
  result: Answer | Error,
  redact: (text: string) => string,
): ExportError {
  if (!(result instanceof Error)) {
    if (result.status === 429) {
      return new ExportError(
        'auth0_rate_limited',
        `The tenant's rate limit for ${resource} leaves no request within the time of this run. Nothing is lost: the next run goes on from the checkpoint.`,
      );
    }
    if (result.status < 300) {
      return new ExportError(
        'auth0_unexpected',
        `${domain} answered ${result.status} with something that is not JSON. Check AUTH0_DOMAIN: something other than Auth0 seems to answer there.`,
      );
    }
  }
  return tenantAnswerError(domain, resource, result, redact);
}
