import type { Host } from '../../host/host';
import { firstInstallation } from '../../host/installation/first-installation';
import { checkSettings } from '../options/check-settings';
import type { HostSetup } from '../options/parse-host-options';
import { requiredSettings } from '../options/required-settings';
import type { SandboxWorld } from '../sandbox/open-sandbox-world';

/**
 * Installs the extension where nothing was ever installed and its settings are known.
 *
 * @throws {HostError} when settings are missing or wrong
 */
export async function installFirst(
  host: Host,
  setup: Pick<HostSetup, 'schedule' | 'timeZone' | 'isTimeZoneGiven'>,
  world: SandboxWorld | undefined,
): Promise<void> {
  const { SEGMENT_KEY = '', SLACK_INCOMING_WEBHOOK = '' } = world?.sandbox.secrets() ?? {};
  const sandboxSettings = world && { SEGMENT_KEY, SLACK_INCOMING_WEBHOOK, SLACK_SEND_SUCCESS: 'true' };
  const isKnown = requiredSettings.some((name) => host.given[name]);
  if (host.isNew && isKnown) {
    checkSettings({ ...sandboxSettings, ...host.given });
    await host.update(() => firstInstallation({ ...sandboxSettings }, setup, host.now()));
    return;
  }
  if (!host.installed) return;
  await host.update((installed) => {
    if (!installed) return undefined;
    const { settings, job } = installed;
    const { schedule, timeZone, isTimeZoneGiven } = setup;
    // The sandbox takes other ports each time.
    const isStale = world && settings.SLACK_INCOMING_WEBHOOK?.startsWith('http://127.0.0.1:');
    return {
      ...installed,
      settings: isStale ? { ...settings, SLACK_INCOMING_WEBHOOK } : settings,
      job: {
        ...job,
        schedule: schedule ?? job.schedule,
        tz: schedule || isTimeZoneGiven ? timeZone : job.tz,
      },
    };
  });
  checkSettings(host.secrets(''));
}
