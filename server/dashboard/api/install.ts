import type { RequestHandler } from 'express';
import { HttpError } from '../../extension/http/http-error';
import { firstInstallation } from '../../host/installation/first-installation';
import { manifest } from '../../host/installation/manifest';
import type { DashboardParts } from '../dashboard-parts';
import { formInput } from '../settings/form-input';
import { checkedSettings } from './checked-settings';
import { parseInput } from './parse-input';
import { readSchedule } from './read-schedule';

/** `POST /api/install`: installs the extension with what was entered in the dialog. */
export function install(parts: DashboardParts): RequestHandler {
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
