import { isIP } from 'node:net';
import { HostError } from '../../host/host-error';
import { parseSchedule } from '../../host/schedule/parse-schedule';
import type { HostOptionName } from './host-option-defaults';

/** How the host is set up. */
export interface HostSetup {
  dataDir: string;
  port: number;
  address: string;
  password: string;
  /** Where browsers find the Dashboard, without a slash at its end; `undefined`: at its own address. */
  publicUrl: string | undefined;
  /** Of the job, where it is given from outside. */
  schedule: string | undefined;
  timeZone: string;
}

const shown = (text: string) => JSON.stringify(text.slice(0, 100));

/** `undefined` where the text is no address of a web page. */
function webAddress(text: string): string | undefined {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) return undefined;
  const { origin, pathname } = new URL(text);
  return pathname === '/' ? origin : undefined;
}

/**
 * Reads how the host is to be set up.
 *
 * @throws {HostError} naming the option, its value and what it must be
 */
export function parseHostOptions(options: Readonly<Record<HostOptionName, string>>): HostSetup {
  const { DATA_DIR, PORT, ADDRESS, DASHBOARD_PASSWORD, DASHBOARD_URL, SCHEDULE } = options;
  const timeZone = options.SCHEDULE_TIMEZONE || Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_535) {
    throw new HostError(`PORT is ${shown(PORT)}. It must be a whole number from 0 to 65535.`, 78);
  }
  if (ADDRESS !== 'localhost' && isIP(ADDRESS) === 0) {
    throw new HostError(
      `ADDRESS is ${shown(ADDRESS)}. It must be an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them.`,
      78,
    );
  }
  const publicUrl = DASHBOARD_URL === '' ? undefined : webAddress(DASHBOARD_URL);
  if (DASHBOARD_URL !== '' && !publicUrl) {
    throw new HostError(
      `DASHBOARD_URL is ${shown(DASHBOARD_URL)}. It must be the address that browsers use, without a path, such as https://exporter.example.com.`,
      78,
    );
  }
  try {
    parseSchedule(SCHEDULE || '0 */5 * * * *', timeZone);
  } catch (error) {
    throw new HostError(
      `${SCHEDULE ? 'SCHEDULE' : 'SCHEDULE_TIMEZONE'} cannot be used. ${error instanceof Error ? error.message : String(error)}`,
      78,
      error,
    );
  }
  return {
    dataDir: DATA_DIR,
    port: Number(PORT),
    address: ADDRESS,
    password: DASHBOARD_PASSWORD,
    publicUrl,
    schedule: SCHEDULE || undefined,
    timeZone,
  };
}
