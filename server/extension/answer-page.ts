import escapeHtml from 'lodash/escape';
import type { AppParts } from './app-parts';
import { documentHtml } from './http/document-html';
import type { Handler } from './http/handler';
import { readSession } from './session/read-session';

/** `GET /`: the page, or the way to the login. What the page shows it then asks of `/api/report`. */
export function answerPage({ clock, page }: Pick<AppParts, 'clock' | 'page'>): Handler {
  return async (request, response) => {
    const { installation } = response.locals.visit;
    const session = await readSession(request.headers.cookie, installation, clock.now());
    if (!session) {
      response.redirect(302, `${installation.baseUrl}/login`);
      return;
    }
    const path = installation.cookiePath.replace(/\/$/, '');
    response.type('html').send(
      documentHtml({
        style: page.style,
        body: `<body data-path="${escapeHtml(path)}" data-tenant="${escapeHtml(installation.domain)}" data-dashboard="${escapeHtml(installation.manageUrl)}" data-reader="${escapeHtml(session.email)}"><div id="page"></div><noscript><p class="alone">This page needs JavaScript.</p></noscript><script>${page.script}</script></body>`,
      }),
    );
  };
}
