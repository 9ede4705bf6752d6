/** What the export signs in with, and where it goes. */
const CREDENTIALS = ['AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET', 'SEGMENT_KEY'];

/** Whether the credentials of a tenant, or of where its logs go, are others after a change than before. */
export function changesCredentials(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): boolean {
  return CREDENTIALS.some((name) => (before[name] ?? '') !== (after[name] ?? ''));
}
