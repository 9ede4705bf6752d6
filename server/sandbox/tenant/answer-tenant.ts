import type { Answer } from '../http/answer';
import type { Call } from '../http/call';
import { jsonAnswer } from '../http/json-answer';
import { answerLog } from './answer-log';
import { answerLogs } from './answer-logs';
import { answerToken } from './answer-token';
import { answerUser } from './answer-user';
import { answerUserSearch } from './answer-user-search';
import { apiError } from './api-error';
import { refuseCaller } from './refuse-caller';
import type { TenantState } from './tenant-state';

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
  const answer = allowed
    ? (refuseCaller(tenant, call, endpoint) ?? answerManagement(tenant, call, endpoint))
    : jsonAnswer(429, TOO_MANY);
  return { ...answer, headers: { ...answer.headers, ...bucket.headers() } };
}

function answerManagement(tenant: TenantState, call: Call, endpoint: string): Answer {
  if (endpoint === 'logs') return answerLogs(tenant, call);
  if (endpoint === 'user-search') return answerUserSearch(tenant, call);
  const id = decoded(call.path.slice(call.path.lastIndexOf('/') + 1));
  if (id === undefined) return apiError(400, 'The path is not encoded as a URL.', 'invalid_uri');
  if (endpoint === 'log') return answerLog(tenant, id);
  if (endpoint === 'user') return answerUser(tenant, call, id);
  if (endpoint !== 'client') return apiError(404, 'Not Found');
  tenant.deletedClients.push(id);
  return { status: 204, body: '' };
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
