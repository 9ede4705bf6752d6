import type { Sandbox } from '../../../server/sandbox/sandbox';

/** A call to the sandbox's Management API. */
interface ApiCall {
  method?: string;
  /** Below `/api/v2/`. */
  path: string;
  body?: unknown;
  /** Of the token that it is made with; default: all that the sandbox knows. */
  scopes?: readonly string[];
}

/** Calls the sandbox's Management API as an administrator with some scopes. */
export async function callApi<Body = Record<string, unknown>>(
  { tenant }: Sandbox,
  { method = 'GET', path, body, scopes }: ApiCall,
): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${tenant.url}/api/v2/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${tenant.issueToken(scopes)}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as Body };
}
