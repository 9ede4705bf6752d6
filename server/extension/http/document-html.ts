const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%233451c7'/%3E%3Cpath d='M4 5h5M4 8h8M7 11h5' stroke='%23fff' stroke-width='1.6' stroke-linecap='round'/%3E%3C/svg%3E";

/**
 * A whole HTML document.
 *
 * @param style goes in as it is
 * @param body the `<body>` element; what is not markup in it is escaped already
 */
export function documentHtml({ style, body }: { style: string; body: string }): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><title>Auth0 Logs to Segment</title><link rel="icon" href="${ICON}"><style>${style}</style></head>${body}</html>`;
}
