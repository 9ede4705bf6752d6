import type { Answer } from '../http/answer';
import type { Call } from '../http/call';
import { jsonAnswer } from '../http/json-answer';
import { apiError } from './api-error';
import type { TenantState } from './tenant-state';

const SCOPES: Readonly<Record<string, string>> = {
  logs: 'read:logs',
  log: 'read:logs',
  user: 'read:users',
  'user-search': 'read:users',
  client: 'delete:clients',
};

/** The 401 or 403 that a call's bearer token earns, or nothing where it may pass. */
export function refuseCaller(tenant: TenantState, call: Call, endpoint: string): Answer | undefined {
  const token = /^Bearer (.+)$/i.exec(call.headers.authorization ?? '')?.[1];
  if (token === undefined) return apiError(401, 'Missing authentication');
  const grant = tenant.tokens.find(token);
  if (grant === undefined) return invalid('Invalid token');
  if (tenant.now() >= grant.expiresAt) return invalid('Expired token received for JSON Web Token validation');
  const scope = SCOPES[endpoint];
  if (scope === undefined || grant.scopes.includes(scope)) return undefined;
  return apiError(403, `Insufficient scope, expected any of: ${scope}`, 'insufficient_scope');
}

function invalid(message: string): Answer {
  return jsonAnswer(401, {
    statusCode: 401,
    error: 'Unauthorized',
    message,
    attributes: { error: message },
  });
}
