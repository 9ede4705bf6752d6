/** Whose server an origin is, going by the settings. */
export function serviceOf(
  origin: string,
  { AUTH0_DOMAIN = '', SLACK_INCOMING_WEBHOOK = '', SEGMENT_ENDPOINT = '' }: Readonly<Record<string, string>>,
): 'auth0' | 'segment' | 'slack' | 'other' {
  if (AUTH0_DOMAIN !== '' && origin.endsWith(`//${AUTH0_DOMAIN}`)) return 'auth0';
  if (/segment(apis)?\.(io|com)$/.test(origin) || SEGMENT_ENDPOINT.startsWith(origin)) {
    return 'segment';
  }
  return SLACK_INCOMING_WEBHOOK.startsWith(`${origin}/`) ? 'slack' : 'other';
}
