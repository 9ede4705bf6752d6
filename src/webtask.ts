import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebtaskStorage } from './storage/webtask-storage';

/** What the platform passes to a webtask, as far as it is used here. */
export interface WebtaskContext {
  secrets?: Record<string, unknown>;
  params?: Record<string, unknown>;
  headers?: Record<string, unknown>;
  /** Parsed where the platform parses bodies; the request's stream is then consumed already. */
  body?: unknown;
  /** Text of the body, where the platform has read it. */
  body_raw?: unknown;
  storage: WebtaskStorage;
  /** The webtask's own token, which only the platform and this webtask know. */
  token?: unknown;
  /** Fires when the host is about to stop; only hosts other than the platform say so. */
  stop?: AbortSignal;
}

/** A request as the platform hands it on. */
export type WebtaskRequest = IncomingMessage & {
  body?: unknown;
  /** Text of the body, where the local runtime has read it. */
  raw_body?: unknown;
  /** Where the webtask is mounted. */
  x_wt?: { container?: string; jtn?: string; url_format?: number };
};

/** How the platform addresses webtasks. */
const SHARED_DOMAIN = 1;
const CUSTOM_DOMAIN = 2;

/**
 * The part of a request's path that leads to the webtask itself and not into it, without a slash at its
 * end: `/api/run/CONTAINER/NAME` on the shared domain, `/CONTAINER/NAME` or `/NAME` on a custom one,
 * `/NAME` on a wildcard domain, nothing where the webtask has its host for itself.
 *
 * @param request as the platform hands it on
 */
export function basePath(request: WebtaskRequest): string {
  const { container = '', jtn = '', url_format: format } = request.x_wt ?? {};
  const pathname = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const segments =
    format === SHARED_DOMAIN
      ? ['api', 'run', container, jtn]
      : format === CUSTOM_DOMAIN
        ? [container, jtn]
        : [jtn];
  const named = segments.filter((segment) => segment !== '');
  const candidates = format === CUSTOM_DOMAIN ? [named, [jtn].filter(Boolean)] : [named];
  for (const candidate of candidates) {
    const base = candidate.map((segment) => `/${segment}`).join('');
    if (base !== '' && (pathname === base || pathname.startsWith(`${base}/`))) return base;
  }
  return '';
}

/**
 * Reads a request's body as text.
 *
 * @param limit bytes at most
 * @returns `undefined` where it is longer
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // The connection stays: it still has to carry the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > limit) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A cron job's description is a few hundred bytes. */
const LONGEST_BODY = 64 * 1024;

/** A parsed body, wherever the platform or its local runtime has left it; else the stream's. */
async function bodyOf(context: WebtaskContext, request: WebtaskRequest): Promise<unknown> {
  const parsed = context.body ?? request.body;
  if (typeof parsed === 'object' && parsed !== null) return parsed;
  const read = [parsed, context.body_raw, request.raw_body].find((text) => typeof text === 'string');
  const text = read ?? (request.readableEnded ? '' : await readBody(request, LONGEST_BODY));
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

/**
 * Whether a request describes a cron job that is to run now: `{ "schedule": "…", "state": "active", … }`.
 * Anyone can write that; only the platform knows the token that must come with it.
 */
async function describesCronJob(context: WebtaskContext, request: WebtaskRequest): Promise<boolean> {
  const body = await bodyOf(context, request);
  if (typeof body !== 'object' || body === null) return false;
  // Of its own: where bodies are merged, `__proto__` in one would lend the rest.
  const { schedule, state } = Object.fromEntries(Object.entries(body));
  return typeof schedule === 'string' && schedule !== '' && state === 'active';
}

/**
 * Whether an `Authorization` header carries a token, compared in constant time whatever their lengths.
 *
 * @param header such as `Bearer TOKEN`
 * @param token the expected one; without one nothing is ever right
 */
export function isToken(header: unknown, token: unknown): boolean {
  if (typeof token !== 'string' || token === '' || typeof header !== 'string') return false;
  const sent = /^Bearer +(\S+) *$/i.exec(header)?.[1] ?? '';
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(sent), digest(token));
}

/** A webtask as the platform calls it. */
export type Webtask = (context: WebtaskContext, request: WebtaskRequest, response: ServerResponse) => void;

/** The two halves of the extension; each is loaded when it is first asked for. */
interface WebtaskDependencies {
  /** One execution of the export. */
  loadJob: () => Promise<(context: WebtaskContext) => Promise<{ statusCode: number; body: object }>>;
  /** Everything that is not cron: the extension's page and its doors. */
  loadApp: () => Promise<Webtask>;
}

function answer(response: ServerResponse, statusCode: number, body: object): void {
  response.writeHead(statusCode, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(body));
}

/**
 * Makes the webtask. A POST to its own address is the platform's cron trigger, or nothing; every other
 * request goes to the app. The trigger must carry the webtask's own token, and describe an active job. Where
 * the platform has passed no token, no trigger can be right, and that is said to be the platform's fault.
 *
 * @returns the function that the platform calls, with the three parameters by which it knows it
 */
export function createWebtask({ loadJob, loadApp }: WebtaskDependencies): Webtask {
  const handle = async (context: WebtaskContext, request: WebtaskRequest, response: ServerResponse) => {
    const path = (request.url ?? '/').split('?', 1)[0]?.slice(basePath(request).length) ?? '';
    if (request.method !== 'POST' || (path !== '' && path !== '/')) {
      const app = await loadApp();
      app(context, request, response);
      return;
    }
    if (typeof context.token !== 'string' || context.token === '') {
      answer(response, 500, {
        error: 'no_webtask_token',
        message:
          "The platform passed no token to this webtask (context.token is missing), so its triggers cannot be told from anyone else's, and nothing runs. Install the extension again; if that changes nothing, the platform does not support it: run it yourself, as the README describes.",
      });
      return;
    }
    if (!isToken(request.headers.authorization, context.token)) {
      answer(response, 401, {
        error: 'unauthorized',
        message: 'Only the platform may trigger a run, with the token of this webtask.',
      });
      return;
    }
    if (!(await describesCronJob(context, request))) {
      answer(response, 400, {
        error: 'invalid_cron_job',
        message:
          'The body must be the cron job that is to run: JSON with its schedule, and with "state": "active".',
      });
      return;
    }
    const runJob = await loadJob();
    const result = await runJob(context);
    answer(response, result.statusCode, result.body);
  };

  return (context, request, response) => {
    handle(context, request, response).catch((error: unknown) => {
      // The message may hold anything; the name says what kind of fault it is.
      console.error(`request failed: ${error instanceof Error ? error.name : typeof error}`);
      if (response.headersSent) response.destroy();
      else answer(response, 500, { error: 'internal_error', message: 'The request could not be handled.' });
    });
  };
}
