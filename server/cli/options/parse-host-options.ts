import { isIP } from 'node:net';
import { parseTrustProxy, type TrustProxy } from '../../dashboard/door/client-of';
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
  trustProxy: TrustProxy;
  /** Empty: none. */
  metricsToken: string;
  /** Milliseconds. */
  idleMs: number;
  /** Of the job, where it is given from outside. */
  schedule: string | undefined;
  timeZone: string;
  /** Whether the time zone is given from outside; otherwise it is this machine's. */
  isTimeZoneGiven: boolean;
}

/** Characters of METRICS_TOKEN at least: nothing slows down whoever guesses it. */
const SHORTEST_TOKEN = 32;
const LONGEST_IDLE_MINUTES = 720;

const shown = (text: string) => JSON.stringify(text.slice(0, 100));

function readTrustProxy(text: string): TrustProxy {
  try {
    return parseTrustProxy(text);
  } catch (error) {
    throw new HostError(
      `TRUST_PROXY is ${shown(text)}. It must be how many proxies stand in front of the Dashboard, such as 1, or their addresses, such as 10.0.0.5 or 10.0.0.0/8.`,
      78,
      error,
    );
  }
}

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
  const trustProxy = readTrustProxy(options.TRUST_PROXY);
  const { METRICS_TOKEN, SESSION_IDLE_MINUTES } = options;
  if (
    METRICS_TOKEN !== '' &&
    (METRICS_TOKEN.length < SHORTEST_TOKEN || !/^[\x21-\x7e]+$/.test(METRICS_TOKEN))
  ) {
    throw new HostError(
      `METRICS_TOKEN has ${METRICS_TOKEN.length} characters. It must have at least ${SHORTEST_TOKEN}, without spaces; make one with: openssl rand -hex 32`,
      78,
    );
  }
  const idleMinutes = /^\d{1,3}$/.test(SESSION_IDLE_MINUTES) ? Number(SESSION_IDLE_MINUTES) : 0;
  if (idleMinutes < 1 || idleMinutes > LONGEST_IDLE_MINUTES) {
    throw new HostError(
      `SESSION_IDLE_MINUTES is ${shown(SESSION_IDLE_MINUTES)}. It must be a whole number from 1 to ${LONGEST_IDLE_MINUTES}.`,
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
    trustProxy,
    metricsToken: METRICS_TOKEN,
    idleMs: idleMinutes * 60_000,
    schedule: SCHEDULE || undefined,
    timeZone,
    isTimeZoneGiven: options.SCHEDULE_TIMEZONE !== '',
  };
}
