import type { Sandbox } from '../../../server/sandbox/sandbox';

/** Asks the sandbox's tenant for a Management API token. */
export async function requestToken({ tenant }: Sandbox): Promise<string> {
  const body = {
    grant_type: 'client_credentials',
    client_id: tenant.clientId,
    client_secret: tenant.clientSecret,
    audience: `https://${tenant.domain}/api/v2/`,
  };
  const response = await fetch(`${tenant.url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { access_token } = (await response.json()) as { access_token: string };
  return access_token;
}
