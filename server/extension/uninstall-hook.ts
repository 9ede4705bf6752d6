import { jwtVerify } from 'jose';
import { ExportError } from '../../src/errors';
import { parseSettings } from '../../src/settings';
import { HttpError } from '../web/http';
import type { AppDependencies } from './dependencies';
import type { Installation } from './installation';
import type { Handler } from './request-context';

/** Where the platform says that the extension is being removed; `onUninstallPath` in the manifest. */
export const ON_UNINSTALL_PATH = '/.extensions/on-uninstall';

/**
 * Verifies the token that the platform calls a hook with: signed with EXTENSION_SECRET, for this hook of this
 * extension.
 *
 * @param authorization the request's `Authorization` header
 * @param path the hook's
 * @param now milliseconds since 1970
 * @throws {HttpError} 401 `hook_token`
 */
async function verifyHookToken(
  authorization: string | undefined,
  path: string,
  { domain, extensionSecret, hookUrls }: Installation,
  now: number,
): Promise<void> {
  const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? '';
  try {
    await jwtVerify(token, new TextEncoder().encode(extensionSecret), {
      algorithms: ['HS256'],
      issuer: `https://${domain}`,
      audience: hookUrls.map((url) => url + path),
      currentDate: new Date(now),
    });
  } catch {
    throw new HttpError(401, 'hook_token', 'Only the platform may call a hook, with a token for it.');
  }
}

/**
 * `DELETE /.extensions/on-uninstall`: the extension is being removed, its client goes with it. The answer is
 * 204 also where that fails: the platform could not remove the extension otherwise.
 */
export function onUninstall({ clock, fetch }: Pick<AppDependencies, 'clock' | 'fetch'>): Handler {
  return async (request, response) => {
    const { installation, redactor, context } = response.locals.requestContext;
    await verifyHookToken(request.headers.authorization, ON_UNINSTALL_PATH, installation, clock.now());
    try {
      // Nothing else here speaks to the tenant: the exporter is loaded for this alone.
      const { createExporter } = await import('../../src/job/exporter');
      const parsed = parseSettings((name) => context.secrets?.[name]);
      await createExporter(parsed, { clock, fetch, random: Math.random, redactor }).deleteClient();
    } catch (error) {
      if (error instanceof ExportError && error.code === 'auth0_forbidden') {
        console.log(
          'the extension was removed; its application stays in Auth0, as it has no right to delete itself (delete:clients)',
        );
        response.status(204).end();
        return;
      }
      const reason = error instanceof Error ? error.message : String(error);
      console.error(redactor.text(`the extension's client could not be deleted: ${reason}`));
    }
    response.status(204).end();
  };
}
