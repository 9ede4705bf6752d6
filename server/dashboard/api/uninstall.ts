import type { RequestHandler } from 'express';
import { SignJWT } from 'jose';
import * as v from 'valibot';
import { HttpError } from '../../extension/http/http-error';
import { manifest } from '../../host/installation/manifest';
import type { DashboardParts } from '../dashboard-parts';
import { needInstalled } from './need-installed';
import { parseInput } from './parse-input';

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
export function uninstall({ host, access }: DashboardParts): RequestHandler {
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
        `The extension's uninstall hook answered ${answer.statusCode} instead of 204, so nothing was removed.`,
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
