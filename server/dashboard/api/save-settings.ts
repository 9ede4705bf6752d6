import type { RequestHandler } from 'express';
import { HttpError } from '../../extension/http/http-error';
import type { DashboardParts } from '../dashboard-parts';
import { changesCredentials } from '../settings/changes-credentials';
import { formInput } from '../settings/form-input';
import { checkedSettings } from './checked-settings';
import { needInstalled } from './need-installed';
import { parseInput } from './parse-input';

/** `POST /api/settings`: changes the settings; the next run works with them. */
export function saveSettings({ host, access }: DashboardParts): RequestHandler {
  return async (request, response) => {
    const input = parseInput(formInput, request.body);
    const { settings: before } = needInstalled(host);
    const changed = { ...before, ...checkedSettings(host, input, before) };
    const isConfirmed = changesCredentials(before, changed);
    if (isConfirmed) await access.confirm(request, response, input.password);
    await host.update((installed) => {
      const now = needInstalled({ installed });
      const settings = { ...now.settings, ...checkedSettings(host, input, now.settings) };
      if (!isConfirmed && changesCredentials(now.settings, settings)) {
        throw new HttpError(
          409,
          'changed_meanwhile',
          'The settings were changed meanwhile. Load the page again.',
        );
      }
      return { ...now, settings };
    });
    response.status(204).end();
  };
}
