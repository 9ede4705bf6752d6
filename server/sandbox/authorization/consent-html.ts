import escapeHtml from 'lodash/escape';

/**
 * The login server's page: posts the fields to the client, by itself where the administrator is signed in
 * already, on a click otherwise.
 */
export function consentHtml({
  action,
  fields,
  email,
  isSignedIn,
}: {
  action: string;
  fields: Readonly<Record<string, string>>;
  email: string;
  isSignedIn: boolean;
}): string {
  const inputs = Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`)
    .join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox sign-in</title><link rel="icon" href="data:,"></head><body><h1>Sandbox sign-in</h1><form method="post" action="${escapeHtml(action)}">${inputs}<button>Sign in as ${escapeHtml(email)}</button></form>${isSignedIn ? '<script>document.forms[0].submit()</script>' : ''}</body></html>`;
}
