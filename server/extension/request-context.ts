import type { Express, Request, Response } from 'express';
import { createRedactor, type Redactor } from '../../src/redactor';
import { secretNames } from '../../src/settings';
import { basePath, readBody, type WebtaskContext, type WebtaskRequest } from '../../src/webtask';
import { HttpError } from '../web/http';
import { type Installation, readInstallation } from './installation';

/** One request, with what its webtask was called with. */
export interface RequestContext {
  context: WebtaskContext;
  /** As the platform handed it on, its body perhaps read already. */
  request: WebtaskRequest;
  redactor: Redactor;
  /**
   * What the platform passed at installation.
   *
   * @throws {HttpError} `not_installed` or `invalid_host`; not before it is asked for
   */
  readonly installation: Installation;
}

/** Makes the context of a request whose address is still that of the platform: it tells where the extension is. */
export function createRequestContext(context: WebtaskContext, request: WebtaskRequest): RequestContext {
  const secrets = context.secrets ?? {};
  const path = basePath(request);
  let installation: Installation | undefined;
  return {
    context,
    request,
    redactor: createRedactor([...secretNames.map((name) => secrets[name]), context.token]),
    get installation() {
      installation ??= readInstallation(secrets, request.headers.host ?? '', path);
      return installation;
    },
  };
}

/** Answers one kind of request; what it throws is answered by `sendError`. */
export type Handler = (
  request: Request,
  response: Response<unknown, { requestContext: RequestContext }>,
) => void | Promise<void>;

/** The methods that a path answers; HEAD follows GET, and OPTIONS names them all. */
type Methods = Partial<Record<'get' | 'post' | 'delete', Handler>>;

/** Adds a path to the app: the methods that it knows are answered, all others are a 405 that names them. */
export function addRoute(app: Express, path: string, methods: Methods): void {
  const allowed = ['options', ...Object.keys(methods), ...(methods.get ? ['head'] : [])]
    .map((name) => name.toUpperCase())
    .sort()
    .join(', ');
  app.all(path, (request: Request, response: Response<unknown, { requestContext: RequestContext }>) => {
    const { method } = request;
    const handler =
      method === 'GET' || method === 'HEAD'
        ? methods.get
        : method === 'POST'
          ? methods.post
          : method === 'DELETE'
            ? methods.delete
            : undefined;
    if (handler) return handler(request, response);
    response.setHeader('allow', allowed);
    if (method !== 'OPTIONS') {
      throw new HttpError(405, 'method_not_allowed', `This address answers ${allowed}.`);
    }
    response.status(204).end();
  });
}

/** Bytes of a request's body at most: two tokens and a state are well under 10 KB. */
const BODY_LIMIT = 64 * 1024;

const tooLarge = () =>
  new HttpError(
    413,
    'body_too_large',
    `The body is larger than ${BODY_LIMIT / 1024} KB, the most that is read.`,
  );

/**
 * The text of a request's body, from the stream or from wherever the platform has left it.
 *
 * @returns `undefined` where the platform has kept only what it parsed
 * @throws {HttpError} 413 `body_too_large`
 */
async function readText({ context, request }: RequestContext): Promise<string | undefined> {
  if (Number(request.headers['content-length']) > BODY_LIMIT) throw tooLarge();
  const kept = [context.body_raw, request.raw_body, context.body, request.body].find(
    (body) => typeof body === 'string',
  );
  if (typeof kept === 'string') {
    if (Buffer.byteLength(kept) > BODY_LIMIT) throw tooLarge();
    return kept;
  }
  if (typeof (context.body ?? request.body ?? undefined) === 'object') return undefined;
  if (request.readableEnded) return '';
  const text = await readBody(request, BODY_LIMIT);
  if (text === undefined) throw tooLarge();
  return text;
}

const FORM = 'application/x-www-form-urlencoded';

function refuseMalformed(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw new HttpError(400, 'malformed_json', 'The body is not JSON, though its content type says so.');
  }
}

/** The fields of a body that the platform has parsed: texts under names of their own, nothing nested. */
function fieldsOf(body: unknown): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(body ?? {})) {
    if (typeof value === 'string') fields.set(name, value);
  }
  return fields;
}

/**
 * The fields of a form that was posted; a field that comes twice counts as not there.
 *
 * @throws {HttpError} 413 `body_too_large`, 400 `malformed_json`, 415 `not_a_form`
 */
export async function readForm(requestContext: RequestContext): Promise<ReadonlyMap<string, string>> {
  const { context, request } = requestContext;
  const [type = ''] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  const text = await readText(requestContext);
  if (type.trim() !== FORM) {
    if (type.trim().endsWith('json') && text !== undefined) refuseMalformed(text);
    throw new HttpError(415, 'not_a_form', `The body must be a form (${FORM}).`);
  }
  if (text === undefined) return fieldsOf(context.body ?? request.body);
  const form = new URLSearchParams(text);
  return new Map([...form].filter(([name]) => form.getAll(name).length === 1));
}
