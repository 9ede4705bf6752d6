import escapeHtml from 'lodash/escape';
import { documentHtml } from './document-html';

/**
 * The page that a browser gets in place of the one it was led to.
 *
 * @param path of the extension, without a slash at its end
 */
export function errorHtml({
  message,
  style,
  path,
}: {
  message: string;
  style: string;
  path: string;
}): string {
  return documentHtml({
    style,
    body: `<body><main class="alone"><div class="card"><h1>This did not work</h1><p>${escapeHtml(message)}</p><p><a class="button button-main" href="${escapeHtml(path)}/login">Sign in</a></p></div></main></body>`,
  });
}
