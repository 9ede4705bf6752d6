import type { Answer } from '../http/answer';
import type { Call } from '../http/call';
import { jsonAnswer } from '../http/json-answer';
import type { TenantState } from './tenant-state';
import { writeLog } from './write-log';

const CLIENT_NAME = 'Auth0 Logs to Segment';

/** `POST /oauth/token` for client credentials, form-encoded or JSON. */
export function answerToken(tenant: TenantState, call: Call): Answer {
  const given = parametersOf(call);
  if (given === undefined) return refusal(400, 'invalid_request', 'Invalid JSON payload');
  const grantType = String(given.grant_type);
  if (grantType !== 'client_credentials') {
    return refusal(403, 'unsupported_grant_type', `Unsupported grant type: ${grantType}`);
  }
  if (given.client_id !== tenant.clientId || given.client_secret !== tenant.clientSecret) {
    return refusal(401, 'access_denied', 'Unauthorized');
  }
  const audience = String(given.audience);
  const own = `${call.headers.host}/api/v2/`;
  if (audience !== `https://${own}` && audience !== `http://${own}`) {
    return refusal(403, 'access_denied', `Service not enabled within domain: ${audience}`);
  }
  const { scopes, tokenSeconds } = tenant;
  // As Auth0 does: who asks for a token each time finds a log of its own each time.
  if (tenant.tokenLogs)
    writeLog(
      tenant.logs,
      { type: 'seccft', details: {}, client_id: tenant.clientId, client_name: CLIENT_NAME, user_name: '' },
      { now: tenant.now(), userId: undefined },
    );
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
