import * as v from 'valibot';
import { isBlocking } from '../http/foreign-answer';
import type { BufferedResponse } from '../http/request';

const text = v.fallback(v.optional(v.string(), ''), '');
const errorBody = v.object({ error: text, error_description: text, errorCode: text, message: text });

/** Auth0's own description of an error; each part is empty where the answer lacks it. */
interface Auth0Error {
  code: string;
  message: string;
}

/** Reads the error of a Management API answer or a token answer; `undefined` for every body that is not Auth0's. */
export function parseAuth0Error(body: string): Auth0Error | undefined {
  try {
    const parsed = v.safeParse(errorBody, JSON.parse(body));
    if (!parsed.success) return undefined;
    const { error, error_description, errorCode, message } = parsed.output;
    return { code: errorCode || error, message: message || error_description };
  } catch {
    return undefined;
  }
}

/** Why a request to a tenant was refused:
 *
 * - `blocked` and `foreign`: something other than Auth0 answered, and turned the request away or not;
 * - `credentials`, `custom_domain`, `not_authorized`, `grant_type`: no access token is issued;
 * - `token`: the access token is not accepted;
 * - `scope`: it lacks a scope;
 * - `full`: the tenant has as many entities of a type as its plan allows;
 * - `refused`: Auth0 forbids it for another reason, which its message states, such as the plan;
 * - `unexpected`: every other status.
 */
export type Refusal =
  | 'blocked'
  | 'foreign'
  | 'credentials'
  | 'custom_domain'
  | 'not_authorized'
  | 'grant_type'
  | 'token'
  | 'scope'
  | 'full'
  | 'refused'
  | 'unexpected';

/** Returns true for a message that only repeats the status. */
const isBare = (message: string): boolean => /^(bad request|unauthorized|forbidden)?\.?$/i.test(message);

/** Returns why the tenant issued no access token. */
function classifyTokenRefusal(status: number, { code, message }: Auth0Error): Refusal {
  if (/^Service not (enabled within domain|found)\b/i.test(message)) return 'custom_domain';
  if (/^Client is not authorized to access\b/i.test(message)) return 'not_authorized';
  if (code === 'unauthorized_client') return 'grant_type';
  if (status === 403 && !isBare(message)) return 'refused';
  return [400, 401, 403].includes(status) ? 'credentials' : 'unexpected';
}

/**
 * Returns why a request was refused.
 *
 * @param answer one that is neither a success nor transient
 * @param isTokenRequest true for `/oauth/token`, false for the Management API
 */
export function classifyRefusal(answer: BufferedResponse, isTokenRequest: boolean): Refusal {
  const { status } = answer;
  const isEmpty = answer.text.trim() === '';
  const error = isEmpty ? { code: '', message: '' } : parseAuth0Error(answer.text);
  if (!error) return isBlocking(answer) ? 'blocked' : 'foreign';
  if (isTokenRequest) return classifyTokenRefusal(status, error);
  if (status === 401) return 'token';
  if (status !== 403) return 'unexpected';
  if (error.code === 'too_many_entities') return 'full';
  // A plan's limit can carry insufficient_scope, too, with a message that names no scope.
  return isBare(error.message) || /\bscopes?\b/i.test(error.message) ? 'scope' : 'refused';
}
