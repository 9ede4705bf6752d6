import { type Answer, type Call, jsonAnswer } from '../http/server';
import { apiError } from './api';
import { answerClient, answerClients, answerGrant, answerGrants, answerSecret } from './clients';
import { writeLog } from './log-store';
import { answerLogStream, answerLogStreams } from './log-streams';
import { answerLog, answerLogs } from './logs';
import type { TenantEndpoint, TenantState } from './state';
import { answerUser, answerUserSearch } from './users';

/** `POST /oauth/token` for client credentials, form-encoded or JSON. */
function answerToken(tenant: TenantState, call: Call): Answer {
  const parameters = parametersOf(call);
  if (parameters === undefined) return refusal(400, 'invalid_request', 'Invalid JSON payload');
  const grantType = String(parameters.grant_type);
  if (grantType !== 'client_credentials') {
    return refusal(403, 'unsupported_grant_type', `Unsupported grant type: ${grantType}`);
  }
  const client = tenant.clients.find(String(parameters.client_id));
  if (!client || parameters.client_secret !== client.client_secret) {
    return refusal(401, 'access_denied', 'Unauthorized');
  }
  const audience = String(parameters.audience);
  const own = `${call.headers.host}/api/v2/`;
  if (audience !== `https://${own}` && audience !== `http://${own}`) {
    return refusal(403, 'access_denied', `Service not enabled within domain: ${audience}`);
  }
  const granted = tenant.clients.grantOf(client.client_id);
  if (!granted) {
    return refusal(
      403,
      'access_denied',
      `Client is not authorized to access "${audience}". You need to create a "client-grant" associated to this API. See: https://auth0.com/docs/api/v2#!/Client_Grants/post_client_grants`,
    );
  }
  const { tokenSeconds } = tenant;
  const scopes = granted.scope;
  // As Auth0 does: who asks for a token each time finds a log of its own each time.
  if (tenant.tokenLogs) {
    const log = {
      type: 'seccft',
      details: {},
      client_id: client.client_id,
      client_name: client.name,
      user_name: '',
    };
    tenant.streams.offer(writeLog(tenant.logs, log, { now: tenant.now(), userId: undefined }));
  }
  const grant = { scopes, expiresAt: tenant.now() + tokenSeconds * 1000 };
  return jsonAnswer(200, {
    access_token: tenant.tokens.issue(grant, audience),
    scope: scopes.join(' '),
    expires_in: tokenSeconds,
    token_type: 'Bearer',
  });
}

function refusal(status: number, error: string, description: string): Answer {
  return jsonAnswer(status, { error, error_description: description });
}

function parametersOf({ headers, body }: Call): Record<string, unknown> | undefined {
  const text = body.toString();
  if (!headers['content-type']?.includes('json')) return Object.fromEntries(new URLSearchParams(text));
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Which of these scopes a call needs one of, by method and endpoint. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  'GET logs': ['read:logs'],
  'GET log': ['read:logs'],
  'GET user': ['read:users'],
  'GET user-search': ['read:users'],
  'GET clients': ['read:clients', 'read:client_keys'],
  'POST clients': ['create:clients'],
  'GET client': ['read:clients', 'read:client_keys'],
  'PATCH client': ['update:clients'],
  'DELETE client': ['delete:clients'],
  'POST client-secret': ['update:client_keys'],
  'GET client-grants': ['read:client_grants'],
  'POST client-grants': ['create:client_grants'],
  'PATCH client-grant': ['update:client_grants'],
  'DELETE client-grant': ['delete:client_grants'],
  'GET log-streams': ['read:log_streams'],
  'POST log-streams': ['create:log_streams'],
  'GET log-stream': ['read:log_streams'],
  'PATCH log-stream': ['update:log_streams'],
  'DELETE log-stream': ['delete:log_streams'],
};

/** The 401 or 403 that a call's bearer token earns, or the token's scopes where it may pass. */
function authorize(tenant: TenantState, call: Call, endpoint: string): Answer | readonly string[] {
  const token = /^Bearer (.+)$/i.exec(call.headers.authorization ?? '')?.[1];
  if (token === undefined) return apiError(401, 'Missing authentication');
  const grant = tenant.tokens.find(token);
  if (grant === undefined) return invalid('Invalid token');
  if (tenant.now() >= grant.expiresAt) return invalid('Expired token received for JSON Web Token validation');
  const wanted = SCOPES[`${call.method} ${endpoint}`];
  if (wanted === undefined || wanted.some((scope) => grant.scopes.includes(scope))) return grant.scopes;
  return apiError(403, `Insufficient scope, expected any of: ${wanted.join(',')}`, 'insufficient_scope');
}

function invalid(message: string): Answer {
  return jsonAnswer(401, {
    statusCode: 401,
    error: 'Unauthorized',
    message,
    attributes: { error: message },
  });
}

const LONGEST_URL = 8 * 1024;

const TOO_MANY = {
  statusCode: 429,
  error: 'Too Many Requests',
  message: 'Global limit has been reached',
  errorCode: 'too_many_requests',
};

/** Answers a call to the tenant: the token endpoint freely, the Management API within its limits. */
export function answerTenant(tenant: TenantState, call: Call, endpoint: string): Answer {
  if (call.url.length > LONGEST_URL) {
    const body = '<html><head><title>414 Request-URI Too Large</title></head></html>';
    return { status: 414, headers: { 'content-type': 'text/html' }, body };
  }
  if (endpoint === 'token') return answerToken(tenant, call);
  if (!call.path.startsWith('/api/v2/')) return apiError(404, 'Not Found');
  const bucket = tenant.limits.of(endpoint);
  const allowed = bucket.take();
  const answer = allowed ? answerAuthorized(tenant, call, endpoint) : jsonAnswer(429, TOO_MANY);
  return { ...answer, headers: { ...answer.headers, ...bucket.headers() } };
}

function answerAuthorized(tenant: TenantState, call: Call, endpoint: string): Answer {
  const scopes = authorize(tenant, call, endpoint);
  return 'status' in scopes ? scopes : answerManagement(tenant, call, { endpoint, scopes });
}

function answerManagement(
  tenant: TenantState,
  call: Call,
  { endpoint, scopes }: { endpoint: string; scopes: readonly string[] },
): Answer {
  if (endpoint === 'logs') return answerLogs(tenant, call);
  if (endpoint === 'user-search') return answerUserSearch(tenant.users, call);
  if (endpoint === 'clients') return answerClients(tenant.clients, call, scopes);
  if (endpoint === 'client-grants') return answerGrants(tenant.clients, call);
  if (endpoint === 'log-streams') return answerLogStreams(tenant, call);
  const id = decoded(call.path.slice(API.length).split('/')[1] ?? '');
  if (id === undefined) return apiError(400, 'The path is not encoded as a URL.', 'invalid_uri');
  if (endpoint === 'log') return answerLog(tenant, id);
  if (endpoint === 'user') return answerUser(tenant.users, call, id);
  if (endpoint === 'client') return answerClient(tenant.clients, call, { id, scopes });
  if (endpoint === 'client-secret') return answerSecret(tenant.clients, id);
  if (endpoint === 'client-grant') return answerGrant(tenant.clients, call, id);
  if (endpoint === 'log-stream') return answerLogStream(tenant, call, id);
  return apiError(404, 'Not Found');
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

const API = '/api/v2/';

/** The endpoints by method and the shape of their path below /api/v2/. */
const ENDPOINTS: Readonly<Record<string, TenantEndpoint>> = {
  'GET logs': 'logs',
  'GET logs/*': 'log',
  'GET users': 'user-search',
  'GET users/*': 'user',
  'GET clients': 'clients',
  'POST clients': 'clients',
  'GET clients/*': 'client',
  'PATCH clients/*': 'client',
  'DELETE clients/*': 'client',
  'POST clients/*/rotate-secret': 'client-secret',
  'GET client-grants': 'client-grants',
  'POST client-grants': 'client-grants',
  'PATCH client-grants/*': 'client-grant',
  'DELETE client-grants/*': 'client-grant',
  'GET log-streams': 'log-streams',
  'POST log-streams': 'log-streams',
  'GET log-streams/*': 'log-stream',
  'PATCH log-streams/*': 'log-stream',
  'DELETE log-streams/*': 'log-stream',
};

/** The endpoint that serves a request. */
export function endpointOf(method: string, path: string): TenantEndpoint {
  if (path === '/oauth/token') return method === 'POST' ? 'token' : 'other';
  if (!path.startsWith(API)) return 'other';
  const [collection, id, ...rest] = path.slice(API.length).split('/');
  if (id === '') return 'other';
  const shape = [collection, ...(id === undefined ? [] : ['*']), ...rest].join('/');
  return ENDPOINTS[`${method} ${shape}`] ?? 'other';
}
