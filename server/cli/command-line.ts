import { parseArgs } from 'node:util';
import { HostError } from '../errors';
import { manifest } from '../manifest';
import { hostOptionDefaults, settingNames } from './options';

/** What the command line can do, in a line each. */
const commands = {
  start: 'Host the extension: its schedule, its page, and the Dashboard.',
  run: 'Export once, and end. For systemd timers, Kubernetes CronJobs and CI.',
  status: 'Say how the export does. Only reads, also while a host is running.',
  replay: 'Send a stretch of logs again, without moving the checkpoint.',
} as const;

type CommandName = keyof typeof commands;

const NAME = manifest.name;

const SETTINGS = `Settings come from arguments (--batch-size 50), the environment (BATCH_SIZE=50), config.json in
the working directory ({"BATCH_SIZE": "50"}), or the Dashboard, in this order.

  AUTH0_DOMAIN           tenant, such as example.eu.auth0.com
  AUTH0_CLIENT_ID        of a machine-to-machine application with read:logs and read:users
  AUTH0_CLIENT_SECRET    its secret
  SEGMENT_KEY            write key of the Segment source
  SEGMENT_REGION         US or EU (US)
  BATCH_SIZE             logs in a batch, 1 to 100 (100)
  START_FROM             id of the log to start with; acts once
  SLACK_INCOMING_WEBHOOK, SLACK_SEND_SUCCESS, SLACK_DAILY_REPORT
  MAX_RUN_SECONDS        time that a run may take, 5 to 86400 (240)
  DATA_DIR               folder of settings, job, state and history (data)`;

const HOST = `  PORT                   of the Dashboard (3001)
  ADDRESS                that the Dashboard listens on (127.0.0.1)
  DASHBOARD_PASSWORD     needed on any other address
  DASHBOARD_URL          where browsers find the Dashboard behind a proxy
  TRUST_PROXY            proxies that name the browser's address: how many, or their addresses
  METRICS_TOKEN          for /metrics, as Authorization: Bearer …; 32 characters or more
  SESSION_IDLE_MINUTES   after which an unused session ends (30)
  ALLOW_PRIVATE_HOSTS    true, in the environment only: connect to private addresses, too
  SCHEDULE               six fields, seconds first (0 */5 * * * *)
  SCHEDULE_TIMEZONE      such as Europe/Berlin (this machine's)`;

const TEXTS: Record<CommandName, string> = {
  start: `Usage: ${NAME} start [--no-sandbox]

${commands.start} Runs once at once, then on schedule, until
Ctrl-C or SIGTERM; a run under way then finishes its batch, within ten seconds.

Without AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET and SEGMENT_KEY, and with nothing
installed, a sandbox stands in for Auth0, Segment and Slack.

  --no-sandbox           open the Dashboard with nothing installed instead

${SETTINGS}
${HOST}

Exit codes: 0 stopped, 1 failed, 78 fix the configuration first.`,
  run: `Usage: ${NAME} run [--drain]

${commands.run}
The result is JSON on stdout; what is for people is on stderr.

  --drain                go on until nothing is left, with a progress bar on a terminal

${SETTINGS}

Exit codes: 0 done, 75 more logs are waiting, 1 failed, 78 fix the configuration first.`,
  status: `Usage: ${NAME} status [--data-dir FOLDER]

${commands.status}

  DATA_DIR               folder of settings, job, state and history (data)

Exit codes: 0 the last run succeeded, 1 it failed or there was none, 78 fix the configuration first.`,
  replay: `Usage: ${NAME} replay --from LOG_ID [--to LOG_ID] [--max-minutes N] [--dry-run]

${commands.replay} Their calls have the
messageIds that they had before, so Segment drops those that it has had within a day or so.

  --from LOG_ID          the first log, that log included
  --to LOG_ID            the last log, that log included (the newest)
  --max-minutes N        end after so many minutes without progress, 1 to 1440 (5)
  --dry-run              print what would be sent, a line of JSON for each call, and send nothing

${SETTINGS}

Exit codes: 0 done, 75 stopped, or no progress for now: go on later from the
log that it names, 1 failed, 78 a setting or an argument is wrong.`,
};

/** What `--help` prints: of a command, or of all. */
export function helpText(command?: CommandName): string {
  if (command) return TEXTS[command];
  const list = Object.entries(commands).map(([name, text]) => `  ${name.padEnd(8)} ${text}`);
  return `${manifest.title} ${manifest.version}

Usage: ${NAME} COMMAND [options]

${list.join('\n')}

${NAME} COMMAND --help says more about each.`;
}

/** What somebody typed. */
interface CommandLine {
  /** `undefined` where no command was named. */
  command: CommandName | undefined;
  isHelp: boolean;
  isVersion: boolean;
  /** Options that belong to one command alone, such as `drain`. */
  switches: ReadonlySet<string>;
  from: string;
  to: string;
  /** Minutes that `replay` continues without progress. */
  maxMinutes: number;
  /** Settings by their names. */
  flags: Record<string, string>;
}

const SWITCHES: Readonly<Record<string, CommandName>> = {
  'no-sandbox': 'start',
  drain: 'run',
  'dry-run': 'replay',
};

/** Of `replay`, where nothing else is said. */
const MAX_MINUTES = 5;
const LONGEST_MINUTES = 1_440;

const names = [...settingNames, ...Object.keys(hostOptionDefaults)];
const kebab = (name: string) => name.toLowerCase().replaceAll('_', '-');

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...Object.fromEntries(names.flatMap((name) => [[name, text] as const, [kebab(name), text] as const])),
        ...Object.fromEntries(Object.keys(SWITCHES).map((name) => [name, flag])),
        help: { ...flag, short: 'h' },
        version: { ...flag, short: 'v' },
        from: text,
        to: text,
        'max-minutes': text,
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new HostError(`${reason}. --help lists the options.`, 78, error);
  }
}

/**
 * Reads what somebody typed.
 *
 * @throws {HostError} naming what is not understood
 */
export function parseCommandLine(args: string[]): CommandLine {
  const parsed = parse(args);
  const values: Readonly<Record<string, string | boolean | undefined>> = parsed.values;
  const { positionals } = parsed;
  const [command, ...more] = positionals;
  const isCommand = (name: string): name is CommandName => Object.hasOwn(commands, name);
  if (command !== undefined && !isCommand(command)) {
    throw new HostError(
      `There is no command ${JSON.stringify(command)}. The commands are ${Object.keys(commands).join(', ')}.`,
      78,
    );
  }
  if (more.length > 0) throw new HostError(`${JSON.stringify(more[0])} is not understood. See --help.`, 78);
  const switches = new Set(Object.keys(SWITCHES).filter((name) => values[name] === true));
  for (const name of switches) {
    if (SWITCHES[name] !== command) {
      throw new HostError(`--${name} belongs to the command ${SWITCHES[name]}. See --help.`, 78);
    }
  }
  const textOf = (name: string) => String(values[name] ?? '');
  const minutes = textOf('max-minutes');
  if (
    minutes !== '' &&
    !(/^\d{1,4}$/.test(minutes) && Number(minutes) >= 1 && Number(minutes) <= LONGEST_MINUTES)
  ) {
    throw new HostError(
      `--max-minutes is ${JSON.stringify(minutes.slice(0, 60))}. It must be a whole number from 1 to ${LONGEST_MINUTES}.`,
      78,
    );
  }
  return {
    command,
    isHelp: values.help === true,
    isVersion: values.version === true,
    switches,
    from: textOf('from'),
    to: textOf('to'),
    maxMinutes: Number(minutes) || MAX_MINUTES,
    flags: Object.fromEntries(names.map((name) => [name, textOf(name) || textOf(kebab(name))])),
  };
}
