/**
 * Whether a client lets itself be led back to an address: it says so itself, as the platform's clients do.
 *
 * @param kind the list in the client's own configuration
 */
export async function mayRedirect(
  clientId: string,
  address: string,
  kind: 'redirect_uris' | 'post_logout_redirect_uris',
): Promise<boolean> {
  if (!URL.canParse(clientId)) return false;
  const response = await fetch(`${clientId}/.well-known/oauth2-client-configuration`);
  if (!response.ok) return false;
  const configuration: unknown = await response.json();
  if (typeof configuration !== 'object' || configuration === null) return false;
  const addresses: unknown = Reflect.get(configuration, kind);
  return Array.isArray(addresses) && addresses.includes(address);
}
