import type { Installed } from './installation';
import { manifest } from './manifest';

/**
 * What installing the extension leaves, with a job that is due at once.
 *
 * @param settings as they were entered
 * @param now milliseconds since 1970
 */
export function firstInstallation(
  settings: Record<string, string>,
  { schedule = manifest.schedule, timeZone }: { schedule?: string | undefined; timeZone: string },
  now: number,
): Installed {
  const at = new Date(now).toISOString();
  return {
    at,
    settings,
    job: { name: manifest.name, state: 'active', schedule, tz: timeZone, next_available_at: at },
  };
}
