import type { RequestHandler } from 'express';
import type { DashboardParts } from '../dashboard-parts';
import { formInput } from '../settings/form-input';
import { checkedSettings } from './checked-settings';
import { needInstalled } from './need-installed';
import { parseInput } from './parse-input';

/** `POST /api/settings`: changes the settings; the next run works with them. */
export function saveSettings({ host }: DashboardParts): RequestHandler {
  return async (request, response) => {
    const input = parseInput(formInput, request.body);
    await host.update((installed) => {
      const now = needInstalled({ installed });
      return { ...now, settings: { ...now.settings, ...checkedSettings(host, input, now.settings) } };
    });
    response.status(204).end();
  };
}
