import type { RequestHandler } from 'express';
import { SignJWT } from 'jose';
import * as v from 'valibot';
import { createSessionCookie } from '../../extension/session';
import { manifest, mountPath } from '../../manifest';
import { firstInstallation } from '../../tenants/tenants';
import { HttpError } from '../../web/http';
import { type DashboardDependencies, extensionUrl } from '../dependencies';
import { sessionOwner } from '../extension-session';
import { needInstalled, needSession, parseInput } from './input';
import { readSchedule } from './job';
import { checkedSettings, formInput } from './settings';

/** `POST /api/install`: installs the extension with what was entered in the dialog. */
export function install(parts: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const input = parseInput(formInput, request.body);
    const cron = parts.schedule ?? input.schedule ?? manifest.schedule;
    const schedule = readSchedule(cron, input.timeZone ?? parts.timeZone);
    const settings = checkedSettings(parts.host, input, {});
    await parts.host.update((installed) => {
      if (installed) throw new HttpError(409, 'installed_already', 'The extension is installed already.');
      return firstInstallation(
        settings,
        { schedule: schedule.cron, timeZone: schedule.timeZone },
        parts.host.now(),
      );
    });
    response.status(204).end();
  };
}

/** `GET /extension-page`: leads to the extension's own page, signed in as whoever uses the Dashboard. */
export function openExtensionPage({ host, publicUrl, access }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const session = needSession(access, request);
    const cookie = await createSessionCookie({
      extensionSecret: host.extensionSecret,
      baseUrl: extensionUrl(request, publicUrl),
      owner: sessionOwner(session),
      now: host.now(),
    });
    response.setHeader('set-cookie', cookie);
    response.redirect(303, `${mountPath}/`);
  };
}

const input = v.object({
  /** Whether a later installation is to go on from the checkpoint. */
  keepState: v.boolean(),
  /** Whether the extension may delete the Auth0 application that it works with. */
  deleteApplication: v.boolean(),
  /** Of the Dashboard, where it has one. */
  password: v.optional(v.string()),
});

/** The token that the platform calls the uninstall hook with. */
function hookToken(secrets: Record<string, string>): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(`https://${(secrets.AUTH0_DOMAIN ?? '').toLowerCase()}`)
    .setAudience(`${secrets.WT_URL}${manifest.auth0.onUninstallPath}`)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(new TextEncoder().encode(secrets.EXTENSION_SECRET));
}

/** `POST /api/uninstall`: calls the extension's hook, then forgets settings, job and, where asked to, the state. */
export function uninstall({ host, access }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const { keepState, deleteApplication, password } = parseInput(input, request.body);
    needInstalled(host);
    await access.confirm(request, response, password);
    if (host.runner.isRunning) {
      throw new HttpError(409, 'run_under_way', 'A run is under way. Uninstall when it has ended.');
    }
    // A base URL of no consequence: it only has to be the same in the token and for the hook.
    const { AUTH0_CLIENT_SECRET = '', ...secrets } = host.secrets('http://localhost');
    // The hook deletes the application with its own credentials: without them it cannot.
    const forHook = deleteApplication ? { ...secrets, AUTH0_CLIENT_SECRET } : secrets;
    const answer = await host.callUninstallHook(await hookToken(secrets), forHook);
    if (answer.statusCode !== 204) {
      throw new HttpError(
        502,
        'hook_failed',
        `The extension's uninstall hook returned ${answer.statusCode} instead of 204, so nothing was removed.`,
      );
    }
    await host.update(() => null);
    if (!keepState) {
      await host.storage.clear();
      await host.history.clear();
    }
    response.status(204).end();
  };
}
