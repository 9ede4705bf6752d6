import type { Clock } from '../../src/time/clock';
import { basePath } from '../../src/webtask/base-path';
import type { Webtask } from '../../src/webtask/create-webtask';
import { createApp } from './create-app';
import { createVisit } from './create-visit';
import { createIssuerKeys } from './login/issuer-keys';
import { createUsedLogins } from './login/used-logins';
import type { PageAssets } from './page-assets';

/**
 * Makes everything of the extension that is not cron: its page, the login in front of it, the report and the
 * platform's hooks, behind the interface of a webtask. Made once for a process.
 *
 * @param page from `inline:server/extension/page/main.tsx`
 */
export function createExtension({
  page,
  clock,
  fetch,
}: {
  page: PageAssets;
  clock: Clock;
  fetch: typeof globalThis.fetch;
}): Webtask {
  const issuerKeys = createIssuerKeys(fetch);
  const app = createApp({ page, clock, fetch, issuerKeys, usedLogins: createUsedLogins() });
  return (context, request, response) => {
    const visit = createVisit(context, request);
    const inside = (request.url ?? '/').slice(basePath(request).length);
    request.url = inside.startsWith('/') ? inside : `/${inside}`;
    app(request, Object.assign(response, { locals: { visit } }));
  };
}
