import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseTrustProxy, type TrustProxy } from '../dashboard/access/clients';
import { errorCode, HostError } from '../errors';
import { manifest } from '../manifest';
import type { SharedDatabaseSetup } from '../runs/machines';
import { parseSchedule, type Schedule } from '../runs/schedule';
import { readMachineTimeZone } from '../time-zone';

/** What the host itself is told, with what holds where nothing is said. */
export const hostOptionDefaults = {
  /** Folder of settings, job, state and history. */
  DATA_DIR: 'data',
  /** Port of the Dashboard; 0 takes a free one. */
  PORT: '3001',
  /** Address that the Dashboard listens on. */
  ADDRESS: '127.0.0.1',
  /** Needed on any address but this machine's own. */
  DASHBOARD_PASSWORD: '',
  /** Where browsers find the Dashboard, when something stands before it, such as a proxy. */
  DASHBOARD_URL: '',
  /** Names by which monitoring addresses /healthz and /metrics, separated by commas. */
  OPERATIONS_HOSTS: '',
  /** Proxies that may say on whose behalf they ask: how many, or their addresses. */
  TRUST_PROXY: '',
  /** Opens the metrics; empty: they need a session where there is a password. */
  METRICS_TOKEN: '',
  /** Minutes after which a session ends in which nobody does anything. */
  SESSION_IDLE_MINUTES: '30',
  /** Schedule of the job: five or six fields, or a name such as `@hourly`. Empty: as in the manifest or the Dashboard. */
  SCHEDULE: '',
  /** IANA time zone of the schedule; empty: this machine's. */
  SCHEDULE_TIMEZONE: '',
  /** File that declares tenants, in YAML. */
  TENANTS_FILE: '',
  /** PostgreSQL to keep everything in; empty: a file in DATA_DIR. */
  DATABASE_URL: '',
  /** File that holds its URL. */
  DATABASE_URL_FILE: '',
  /** Keys that secrets are sealed with, the newest first; empty: from ENCRYPTION_KEY_FILE, or a file in DATA_DIR. */
  ENCRYPTION_KEY: '',
  /** File that holds them. */
  ENCRYPTION_KEY_FILE: '',
  /** Days that the history keeps runs for. */
  HISTORY_DAYS: '90',
  /** Runs of different tenants at once. */
  MAX_CONCURRENT_RUNS: '8',
  /** Port that Auth0's log streams post to; empty: the Dashboard's. 0 takes a free one. */
  TRIGGER_PORT: '',
  /** Address that it is on; empty: the Dashboard's. */
  TRIGGER_ADDRESS: '',
  /** Seconds between two runs of a tenant that its log stream asks for, at least. */
  TRIGGER_INTERVAL_SECONDS: '5',
  /** Whether the Dashboard shows what went to Segment last; empty: in the sandbox alone. */
  SHOW_LAST_EVENTS: '',
} as const;

/** The name of an option of the host. */
export type HostOptionName = keyof typeof hostOptionDefaults;

/** How the host is set up. */
export interface HostSetup {
  dataDir: string;
  port: number;
  address: string;
  password: string;
  /** Where browsers find the Dashboard, without a slash at its end; `undefined`: at its own address. */
  publicUrl: string | undefined;
  /** Names by which monitoring addresses /healthz and /metrics, in lower case. */
  operationsHosts: readonly string[];
  trustProxy: TrustProxy;
  /** Empty: none. */
  metricsToken: string;
  /** Milliseconds. */
  idleMs: number;
  /** Schedule of the job, six fields; set if the environment or a configuration file sets it. */
  schedule: string | undefined;
  timeZone: string;
  /** Whether the time zone is set by environment or configuration file; otherwise it is this machine's. */
  isTimeZoneGiven: boolean;
  /** Sentences about what can't be used and what is used instead. */
  warnings: readonly string[];
  /** Empty: none. */
  tenantsFile: string;
  /** Empty where not given. */
  encryption: { key: string; keyFile: string };
  historyDays: number;
  maxConcurrentRuns: number;
  /** `undefined`: of the sandbox alone. */
  showLastEvents: boolean | undefined;
  /** PostgreSQL, where everything is kept there instead of in the folder. */
  database: SharedDatabaseSetup | undefined;
  /** Where log streams post to; `undefined`: where the Dashboard is. */
  trigger: { port: number; address: string } | undefined;
  triggerIntervalMs: number;
}

/** Characters of METRICS_TOKEN at least: nothing slows down whoever guesses it. */
const SHORTEST_TOKEN = 32;
const LONGEST_IDLE_MINUTES = 720;
const LONGEST_HISTORY_DAYS = 3_650;
const MOST_CONCURRENT_RUNS = 64;
const LONGEST_TRIGGER_INTERVAL_SECONDS = 3_600;

const shown = (text: string) => JSON.stringify(text.slice(0, 100));

/** Reads a whole number from 1 to `most`. */
function readNumber(name: HostOptionName, text: string, most: number): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= most) return number;
  throw new HostError(`${name} is ${shown(text)}. It must be a whole number from 1 to ${most}.`, 78);
}

/** Makes sure that something can listen there. */
function checkListener(portName: HostOptionName, port: string, addressName: HostOptionName, address: string) {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new HostError(`${portName} is ${shown(port)}. It must be a whole number from 0 to 65535.`, 78);
  }
  if (address !== 'localhost' && isIP(address) === 0) {
    throw new HostError(
      `${addressName} is ${shown(address)}. It must be an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them.`,
      78,
    );
  }
}

/** Where log streams post to, where that is not where the Dashboard is. */
function readTrigger({
  TRIGGER_PORT,
  TRIGGER_ADDRESS,
  ADDRESS,
}: Readonly<Record<HostOptionName, string>>): HostSetup['trigger'] {
  if (TRIGGER_PORT === '') {
    if (TRIGGER_ADDRESS === '') return undefined;
    throw new HostError(
      `TRIGGER_ADDRESS is ${shown(TRIGGER_ADDRESS)}, but TRIGGER_PORT is empty, so that nothing would listen there. Set TRIGGER_PORT, too.`,
      78,
    );
  }
  const address = TRIGGER_ADDRESS || ADDRESS;
  checkListener('TRIGGER_PORT', TRIGGER_PORT, 'TRIGGER_ADDRESS', address);
  return { port: Number(TRIGGER_PORT), address };
}

/** Reads `true` or `false`; `undefined` where nothing is said. */
function readSwitch(name: HostOptionName, text: string): boolean | undefined {
  if (text === '') return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  throw new HostError(`${name} is ${shown(text)}. It must be true or false.`, 78);
}

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

const HOST_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** Reads host names that are separated by commas. */
function readHostNames(name: HostOptionName, text: string): string[] {
  const names = text.split(',').flatMap((part) => part.trim().toLowerCase() || []);
  const wrong = names.find((one) => !HOST_NAME.test(one));
  if (wrong === undefined) return names;
  throw new HostError(
    `${name} has ${shown(wrong)}, which is not a host name. Write names without scheme, port and path, separated by commas, such as worker,worker.example.svc.`,
    78,
  );
}

/** `undefined` where the text is no address of a web page. */
function webAddress(text: string): string | undefined {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) return undefined;
  const { origin, pathname } = new URL(text);
  return pathname === '/' ? origin.replace(/\.(?=:\d+$|$)/, '') : undefined;
}

/** What pg-boss, which hands the runs of several machines out, needs. */
const OLDEST_NODE = [22, 12] as const;

/**
 * Whether a Node can hand runs out among machines.
 *
 * @param version such as `22.12.0`
 */
export function isNodeForDatabase(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/**
 * Makes sure that this Node can use PostgreSQL.
 *
 * @param version such as `22.12.0`
 * @throws {HostError} where it is too old
 */
export function assertNodeForDatabase(version: string): void {
  if (isNodeForDatabase(version)) return;
  throw new HostError(
    `DATABASE_URL needs Node ${OLDEST_NODE.join('.')} or later; this is ${version}. Install a newer Node, or take DATABASE_URL away to keep everything in a file in DATA_DIR.`,
    78,
  );
}

/** Reads DATABASE_URL, or the file that holds it. */
function readDatabase(
  { DATABASE_URL: given, DATABASE_URL_FILE: file }: Readonly<Record<HostOptionName, string>>,
  { PGSSLROOTCERT: rootCertificate }: Readonly<Record<string, string | undefined>>,
): SharedDatabaseSetup | undefined {
  if (given !== '' && file !== '') {
    throw new HostError('DATABASE_URL and DATABASE_URL_FILE are both given. Give one of them.', 78);
  }
  if (given === '' && file === '') return undefined;
  let url = given;
  try {
    if (file !== '') url = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new HostError(
      `DATABASE_URL_FILE (${file}) cannot be read (${errorCode(error) || String(error)}). Put the database's URL there, readable for the user that runs this.`,
      78,
      error,
    );
  }
  if (url === '') {
    throw new HostError(`DATABASE_URL_FILE (${file}) is empty. Put the database's URL there.`, 78);
  }
  return { url, rootCertificate: rootCertificate || undefined };
}

/**
 * Reads how the host is to be set up.
 *
 * @param env of the process, for PGSSLROOTCERT and TZ
 * @throws {HostError} naming the option, its value and what it must be
 */
export function parseHostOptions(
  options: Readonly<Record<HostOptionName, string>>,
  env: Readonly<Record<string, string | undefined>> = {},
): HostSetup {
  const { DATA_DIR, PORT, ADDRESS, DASHBOARD_PASSWORD, DASHBOARD_URL, SCHEDULE } = options;
  const machine = readMachineTimeZone(env);
  const isTimeZoneGiven = options.SCHEDULE_TIMEZONE !== '';
  const timeZone = isTimeZoneGiven ? options.SCHEDULE_TIMEZONE : machine.timeZone;
  checkListener('PORT', PORT, 'ADDRESS', ADDRESS);
  const trigger = readTrigger(options);
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
  const idleMinutes = readNumber('SESSION_IDLE_MINUTES', SESSION_IDLE_MINUTES, LONGEST_IDLE_MINUTES);
  const publicUrl = DASHBOARD_URL === '' ? undefined : webAddress(DASHBOARD_URL);
  if (DASHBOARD_URL !== '' && !publicUrl) {
    throw new HostError(
      `DASHBOARD_URL is ${shown(DASHBOARD_URL)}. It must be the address that browsers use, without a path, such as https://exporter.example.com.`,
      78,
    );
  }
  let schedule: Schedule;
  try {
    schedule = parseSchedule(SCHEDULE || manifest.schedule, timeZone);
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
    operationsHosts: readHostNames('OPERATIONS_HOSTS', options.OPERATIONS_HOSTS),
    trustProxy,
    metricsToken: METRICS_TOKEN,
    idleMs: idleMinutes * 60_000,
    schedule: SCHEDULE === '' ? undefined : schedule.cron,
    timeZone,
    isTimeZoneGiven,
    warnings: [
      ...(isTimeZoneGiven || !machine.warning ? [] : [machine.warning]),
      ...(SCHEDULE === '' || schedule.warning === '' ? [] : [`SCHEDULE: ${schedule.warning}`]),
    ],
    tenantsFile: options.TENANTS_FILE === '' ? '' : resolve(options.TENANTS_FILE),
    encryption: { key: options.ENCRYPTION_KEY, keyFile: options.ENCRYPTION_KEY_FILE },
    historyDays: readNumber('HISTORY_DAYS', options.HISTORY_DAYS, LONGEST_HISTORY_DAYS),
    maxConcurrentRuns: readNumber('MAX_CONCURRENT_RUNS', options.MAX_CONCURRENT_RUNS, MOST_CONCURRENT_RUNS),
    showLastEvents: readSwitch('SHOW_LAST_EVENTS', options.SHOW_LAST_EVENTS),
    database: readDatabase(options, env),
    trigger,
    triggerIntervalMs:
      readNumber(
        'TRIGGER_INTERVAL_SECONDS',
        options.TRIGGER_INTERVAL_SECONDS,
        LONGEST_TRIGGER_INTERVAL_SECONDS,
      ) * 1_000,
  };
}
