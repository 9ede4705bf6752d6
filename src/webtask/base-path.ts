import type { WebtaskRequest } from './webtask-context';

/** How the platform addresses webtasks. */
const SHARED_DOMAIN = 1;
const CUSTOM_DOMAIN = 2;

/**
 * The part of a request's path that leads to the webtask itself and not into it, without a slash at its
 * end: `/api/run/CONTAINER/NAME` on the shared domain, `/CONTAINER/NAME` or `/NAME` on a custom one,
 * `/NAME` on a wildcard domain, nothing where the webtask has its host for itself.
 *
 * @param request as the platform hands it on
 */
export function basePath(request: WebtaskRequest): string {
  const { container = '', jtn = '', url_format: format } = request.x_wt ?? {};
  const pathname = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const segments =
    format === SHARED_DOMAIN
      ? ['api', 'run', container, jtn]
      : format === CUSTOM_DOMAIN
        ? [container, jtn]
        : [jtn];
  const named = segments.filter((segment) => segment !== '');
  const candidates = format === CUSTOM_DOMAIN ? [named, [jtn].filter(Boolean)] : [named];
  for (const candidate of candidates) {
    const base = candidate.map((segment) => `/${segment}`).join('');
    if (base !== '' && (pathname === base || pathname.startsWith(`${base}/`))) return base;
  }
  return '';
}
