import { parseSettings } from '../../../src/settings/parse-settings';
import type { AppParts } from '../app-parts';
import type { Handler } from '../http/handler';
import { ON_UNINSTALL_PATH } from './on-uninstall-path';
import { verifyHookToken } from './verify-hook-token';

/**
 * `DELETE /.extensions/on-uninstall`: the extension is being removed, its client goes with it. The answer is
 * 204 also where that fails: the platform could not remove the extension otherwise.
 */
export function onUninstall({ clock, fetch }: Pick<AppParts, 'clock' | 'fetch'>): Handler {
  return async (request, response) => {
    const { installation, redactor, context } = response.locals.visit;
    await verifyHookToken(request.headers.authorization, ON_UNINSTALL_PATH, installation, clock.now());
    try {
      // Nothing else here speaks to the tenant: the exporter is loaded for this alone.
      const { createExporter } = await import('../../../src/job/create-exporter');
      const parsed = parseSettings((name) => context.secrets?.[name]);
      await createExporter(parsed, { clock, fetch, random: Math.random, redactor }).deleteClient();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      console.error(redactor.text(`the extension's client could not be deleted: ${reason}`));
    }
    response.status(204).end();
  };
}
