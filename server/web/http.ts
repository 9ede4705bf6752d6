import type { IncomingMessage } from 'node:http';
import escapeHtml from 'lodash/escape.js';

/** A refusal: what the client is told, and nothing else. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  /**
   * @param status 4xx or 5xx
   * @param code stable name, the answer's `error`
   * @param message cause and remedy in words; must hold no secret and nothing of a token
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Returns the refusal of a NUL character, which PostgreSQL can't store. */
export const nulCharacter = (place: 'address' | 'body') =>
  new HttpError(400, 'nul_character', `The ${place} has a NUL character. Remove it.`);

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

/**
 * The `<body>` of a page that a script draws. Until it does, on a slow network seconds later, the page says what it is and
 * that it is loading, at the places where the script puts its own; without scripts it says what is missing.
 *
 * @param masthead markup of what stands on top
 * @param name of the page, in a sentence
 * @param data attributes of the body that the script reads
 */
export function scriptedBody({
  masthead,
  name,
  script,
  data = {},
}: {
  masthead: string;
  name: string;
  script: string;
  data?: Readonly<Record<string, string>>;
}): string {
  const attributes = Object.entries(data).map(([key, value]) => ` data-${key}="${escapeHtml(value)}"`);
  return `<body${attributes.join('')}><div id="page"><header class="masthead"><div class="masthead-inner">${masthead}</div></header><main class="page" aria-busy="true"><p class="card muted scripted">Loading…</p></main></div><noscript><p class="centered">${name} needs JavaScript. Allow it for this address, and load the page again.</p></noscript><script>${script}</script></body>`;
}

/** The sign of the extension, as the pages' script draws it too. */
export const LOGO =
  '<svg class="mark" viewBox="0 0 16 16" aria-hidden="true"><rect width="16" height="16" rx="4"/><path d="M4 5h5M4 8h8M7 11h5"/></svg>';

/**
 * The page that a browser gets in place of the one it was led to.
 *
 * @param link where it leads on
 */
export function errorHtml({
  message,
  style,
  link,
}: {
  message: string;
  style: string;
  link: { href: string; text: string };
}): string {
  return documentHtml({
    style,
    body: `<body><main class="centered"><div class="card"><h1>This did not work</h1><p>${escapeHtml(message)}</p><p><a class="button button-main" href="${escapeHtml(link.href)}">${escapeHtml(link.text)}</a></p></div></main></body>`,
  });
}

/** The page's browser code, as the build script makes it. */
export interface PageAssets {
  /** Goes into a `<script>` as it is. */
  readonly script: string;
  /** Goes into a `<style>` as it is. */
  readonly style: string;
}

/** The query of a request's address: a flat list of names and values, nothing that could name a prototype. */
export function queryOf({ url = '/' }: Pick<IncomingMessage, 'url'>): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : url.slice(start));
}
