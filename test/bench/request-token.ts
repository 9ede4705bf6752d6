/** Asks a tenant for an access token, with nothing but Node's own fetch. */
export async function requestToken(secrets: Record<string, string>): Promise<string> {
  const response = await fetch(`http://${secrets.AUTH0_DOMAIN}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credentials',
      client_id: secrets.AUTH0_CLIENT_ID,
      client_secret: secrets.AUTH0_CLIENT_SECRET,
      audience: `https://${secrets.AUTH0_DOMAIN}/api/v2/`,
    }),
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return token;
}
