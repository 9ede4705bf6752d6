import type { Sandbox } from '../../../server/sandbox/sandbox';
import { requestToken } from './request-token';

/** A Management API answer, its body read as JSON where there is one. */
export interface ManagementAnswer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

/** Calls the sandbox's Management API with a token; takes a path or one of the tenant's own URLs. */
export type ManagementClient = <Body = unknown>(
  pathOrUrl: string,
  method?: string,
) => Promise<ManagementAnswer<Body>>;

/** Logs in to the sandbox's tenant once. */
export async function managementClient(sandbox: Sandbox): Promise<ManagementClient> {
  const token = await requestToken(sandbox);
  return async <Body>(pathOrUrl: string, method = 'GET') => {
    const url = pathOrUrl.startsWith('http') ? pathOrUrl : `${sandbox.tenant.url}/api/v2/${pathOrUrl}`;
    const response = await fetch(url, { method, headers: { authorization: `Bearer ${token}` } });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : text) as Body,
    };
  };
}
