import { basename, relative } from 'node:path';
import { manifest } from '../manifest';

/** What the command line can do, in a line each. */
export const commands = {
  start: 'Export all tenants on their schedules, and open the Dashboard.',
  run: 'Export once, and end. For systemd timers, Kubernetes CronJobs and CI.',
  setup: 'Set a tenant up in Auth0 and here, or take that back.',
  status: 'Say how the exports do. Only reads.',
  replay: 'Send a stretch of logs again, without moving the checkpoint.',
  tenants: 'List, add, change and remove tenants.',
  check: 'Check whether a tenant can be exported, line by line.',
  preview: 'Show what the next run would send. Sends nothing.',
  database: 'Move to PostgreSQL, for many machines, and make the tables there.',
} as const;

export type CommandName = keyof typeof commands;

const NAME = manifest.name;

/**
 * What to type for this program: its name where it is installed by that, else Node with the file.
 *
 * @param script absolute path of the file that runs
 * @param folder the working directory
 */
export function typedCommand(script: string, folder: string): string {
  if (basename(script) === NAME) return NAME;
  const path = relative(folder, script);
  return `node ${path.startsWith('..') ? script : path}`;
}

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

These are the settings of one tenant, named default; MAX_RUN_SECONDS holds for all. For all tenants:

  DATA_DIR               folder of tenants, state and history (data)
  DATABASE_URL           PostgreSQL to keep everything in instead, for many machines, such as
                         postgres://USER:PASSWORD@HOST:5432/DATABASE
  DATABASE_URL_FILE      file that holds it
  TENANTS_FILE           file that declares tenants, in YAML
  ENCRYPTION_KEY         keys that secrets are sealed with, the newest first, separated by commas
  ENCRYPTION_KEY_FILE    file that holds them (encryption.key in DATA_DIR, which is made)
  MAX_CONCURRENT_RUNS    runs of different tenants at once, 1 to 64 (8)
  HISTORY_DAYS           days that the history keeps runs for, 1 to 3650 (90)`;

const HOST = `  PORT                   of the Dashboard (3001)
  ADDRESS                that the Dashboard listens on (127.0.0.1)
  DASHBOARD_PASSWORD     needed on any other address
  DASHBOARD_URL          where browsers find the Dashboard behind a proxy
  OPERATIONS_HOSTS       further names of /healthz and /metrics, such as worker,worker.example.svc
  TRUST_PROXY            proxies that name the browser's address: how many, or their addresses
  METRICS_TOKEN          for /metrics, as Authorization: Bearer …; 32 characters or more
  SESSION_IDLE_MINUTES   after which an unused session ends (30)
  SHOW_LAST_EVENTS       true: the Dashboard shows what went to Segment last, kept in memory only
  ALLOW_PRIVATE_HOSTS    true, in the environment only: connect to private addresses, too
  TRIGGER_PORT           that Auth0's log streams post to (the Dashboard's)
  TRIGGER_ADDRESS        that it is on (ADDRESS)
  TRIGGER_INTERVAL_SECONDS  between two runs that a log stream asks for, 1 to 3600 (5)
  SCHEDULE               five fields, six with the second in front, or @hourly, @daily, …
                         (0 */5 * * * *)
  SCHEDULE_TIMEZONE      such as Europe/Berlin (this machine's)`;

/** Logs that are previewed at most. */
export const MOST_PREVIEWED_LOGS = 100;

/**
 * What `--help` says of each command.
 *
 * @param typed what to type for this program
 */
const textsFor = (typed: string): Record<CommandName, string> => ({
  start: `Usage: ${typed} start [--sandbox|--no-sandbox] [--role all|worker|web]

${commands.start} One tenant runs at once,
several when they are due or have missed a run; then each on its schedule, until Ctrl-C or
SIGTERM. Runs under way then finish their batch, within ten seconds.

Without AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET and SEGMENT_KEY, and where DATA_DIR
holds nothing yet, a sandbox stands in for Auth0, Segment and Slack.

  --sandbox              start the sandbox although tenants are known; only what is stored with it,
                         in DATA_DIR/sandbox, is exported then
  --no-sandbox           open the Dashboard without a tenant instead
  --role                 with DATABASE_URL: worker runs tenants, web shows the Dashboard, all does
                         both (all); any number of each, on one machine or many

${SETTINGS}
${HOST}

Exit codes: 0 stopped, 1 failed, 78 fix the configuration first.`,
  run: `Usage: ${typed} run [NAME] [--drain]
       ${typed} run --all

${commands.run} Also while a host is running:
two never export the same tenant at once. What is for people is on stderr. The result is JSON on
stdout, with --all a line for each tenant, unless both are a terminal.

  NAME                   of the tenant, where there are several
  --all                  all tenants whose schedules are switched on
  --drain                go on until nothing is left, with a progress bar on a terminal

${SETTINGS}

Exit codes: 0 done, 75 more logs are waiting, 1 failed, 78 fix the configuration first; of several
tenants 1 where any failed, else 75 where logs are waiting for any.`,
  setup: `Usage: ${typed} setup NAME --domain DOMAIN [--push URL] [SETTINGS] [--json]
       ${typed} setup NAME --domain DOMAIN [--push URL] --print terraform
       ${typed} setup --undo NAME [--domain DOMAIN] [--keep-state] [--json]

${commands.setup} In Auth0 it creates
a machine-to-machine application, grants it read:logs and read:users and, with --push, has a log
stream tell this exporter of new logs. Here it stores the tenant. What is there already is found
again: it can be repeated, and after an interruption it takes up where it was.

  --domain DOMAIN        the tenant's own domain, such as example.eu.auth0.com
  --push URL             where Auth0 reaches this exporter, such as https://exporter.example.com
  --admin-client-id ID   use an administrative application, and no token
  --print terraform      print the same as Terraform, and change nothing
  --undo                 delete log stream, grant and application, and remove the tenant
  --keep-state           with --undo, keep checkpoint and history
  --json                 print JSON instead
  SETTINGS               of the tenant, as for tenants add: --segment-region EU, --start-from now,
                         --schedule, …

Secrets are asked for on a terminal and not shown, else each is a line of standard input, in this
order. None of Auth0's administration is stored.

  AUTH0_MANAGEMENT_TOKEN     a Management API token; or AUTH0_ADMIN_CLIENT_SECRET, of the application
                             that --admin-client-id or AUTH0_ADMIN_CLIENT_ID names. Not asked for
                             where the environment has it
  SEGMENT_KEY                write key of the Segment source, where the tenant is not stored yet

The token needs read:clients, create:clients, read:client_grants, create:client_grants, with --push
read:log_streams, create:log_streams, update:log_streams, and for --undo delete:clients,
delete:client_grants, read:log_streams, delete:log_streams.

Exit codes: 0 done, 1 failed, or the tenant cannot be exported yet, 78 an argument or a token is wrong.`,
  status: `Usage: ${typed} status [NAME] [--json] [--data-dir FOLDER]

${commands.status} Of one tenant: schedule, checkpoint, last runs. Of several:
a line for each, worst first.

  NAME                   of the tenant, where there are several
  --json                 print JSON instead
  DATA_DIR               folder of tenants, state and history (data)

Exit codes: 0 the last runs succeeded, 1 one failed or there was none, 78 fix the configuration first.`,
  replay: `Usage: ${typed} replay [NAME] --from LOG_ID [--to LOG_ID] [--max-minutes N] [--dry-run]

${commands.replay} Their calls have the
messageIds that they had before, so Segment drops those that it has had within a day or so.

  NAME                   of the tenant, where there are several
  --from LOG_ID          the first log, that log included
  --to LOG_ID            the last log, that log included (the newest)
  --max-minutes N        end after so many minutes without progress, 1 to 1440 (5)
  --dry-run              print what would be sent, a line of JSON for each call, and send nothing

${SETTINGS}

Exit codes: 0 done, 75 stopped, or no progress for now: go on later from the
log that it names, 1 failed, 78 a setting or an argument is wrong.`,
  tenants: `Usage: ${typed} tenants list [--json]
       ${typed} tenants add NAME --auth0-domain DOMAIN --auth0-client-id ID
           --auth0-client-secret SECRET --segment-key SECRET [SETTINGS] [--json]
       ${typed} tenants set NAME SETTINGS [--json]
       ${typed} tenants enable|disable NAME [--json]
       ${typed} tenants remove NAME [--keep-state] [--json]
       ${typed} tenants token NAME [--json]
       ${typed} tenants release [--json]
       ${typed} tenants rekey [--json]

${commands.tenants} Also while a host is running, which notices within a second or so.

  list                   all tenants; of secrets only that they are there, or their references
  add                    add one; its first run is due at once
  set                    change settings; those that are not named stay as they are
  enable, disable        switch its schedule on or off; a run under way continues
  remove                 remove it with its checkpoint and history; a run under way ends
  token                  make a new token for its log stream in Auth0, and print it this once
  release                make those that TENANTS_FILE declares, or the environment gives, tenants like any
                         other: after it was taken from all processes on one PostgreSQL
  rekey                  seal all secrets under a new key: of ENCRYPTION_KEY or ENCRYPTION_KEY_FILE
                         the first, or a new one in DATA_DIR
  --keep-state           keep checkpoint and history for a tenant that is added under that name later
  --json                 print JSON instead

SETTINGS are those of that tenant, and of no other:

  --auth0-domain, --auth0-client-id, --auth0-client-secret, --segment-key, --segment-region,
  --batch-size, --slack-incoming-webhook, --slack-send-success, --slack-daily-report
  --start-from           the log to start with, which acts once: oldest, now, a date (2026-03-01, of UTC),
                         a time with its zone (2026-03-01T12:00+01:00), or the ID of a log. Words and
                         dates are looked up in Auth0, and kept as the ID of the log
  --schedule             five fields, six with the second in front, or @hourly, @daily, @weekly,
                         @monthly, @yearly (${manifest.schedule})
  --time-zone            such as Europe/Berlin (SCHEDULE_TIMEZONE, or this machine's)

An empty value (--slack-incoming-webhook "") removes a setting. A SECRET is one of

  -                      read from standard input, a line for each -, in the order of the arguments;
                         on a terminal it is asked for, and not shown
  env:NAME               in this variable of the process that exports, read at each run
  file:PATH              in this file, read at each run
  the secret itself      which other users can read in the list of processes meanwhile

Only DATA_DIR, DATABASE_URL, DATABASE_URL_FILE, TENANTS_FILE, ENCRYPTION_KEY, ENCRYPTION_KEY_FILE
and SCHEDULE_TIMEZONE also come from the environment and config.json. A tenant that is given there, or declared in TENANTS_FILE, is
changed there.

Exit codes: 0 done, 1 failed, 78 an argument is wrong, or the tenant cannot be changed here.`,
  check: `Usage: ${typed} check [NAME] [--slack] [--json]

${commands.check} Looks at the settings, asks Auth0 for a
token, logs and a user, and sends Segment one identify call without traits, for the user
auth0-logs-to-segment-check. No checkpoint is moved.

  NAME                   of the tenant, where there are several
  --slack                post a test message to Slack, too
  --json                 print JSON instead

${SETTINGS}

Exit codes: 0 nothing failed, 1 something did, 78 fix the configuration first.`,
  preview: `Usage: ${typed} preview [NAME] [--last N] [--json]

${commands.preview} Made from the tenant's real logs, from its
checkpoint on, ${MOST_PREVIEWED_LOGS} logs at most, by the same code as in a run. No checkpoint is moved, and a run may
be under way meanwhile.

  NAME                   of the tenant, where there are several
  --last N               of the newest N logs that are exported instead, 1 to ${MOST_PREVIEWED_LOGS}
  --json                 print the calls instead, a line of JSON for each, as Segment would get it

${SETTINGS}

Exit codes: 0 done, 1 failed, 78 fix the configuration first.`,
  database: `Usage: DATABASE_URL=postgres://… ${typed} database copy [--data-dir FOLDER]
       DATABASE_URL=postgres://… ${typed} database migrate

${commands.database}

  copy                   copy everything that is kept in DATA_DIR: tenants, checkpoints, history.
                         Stop the host there first, and leave it stopped. Repeated, it brings what
                         has come since, and leaves alone what has run in PostgreSQL meanwhile
  migrate                bring the schema auth0_logs_to_segment to this version, and end. Each
                         process does so as well when it starts
  --to URL               for copy, instead of DATABASE_URL; other users can read it in the list of
                         processes meanwhile
  DATABASE_URL           postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full
  PGSSLROOTCERT          certificate of the authority that signed the server's, in the environment
  DATA_DIR               folder of tenants, state and history (data)

Exit codes: 0 done, 1 failed or a run is under way, 78 fix the configuration first.`,
});

/**
 * What `--help` prints: of a command, or of all.
 *
 * @param typed what to type for this program
 */
export function helpText(typed: string, command?: CommandName): string {
  if (command) return textsFor(typed)[command];
  const list = Object.entries(commands).map(([name, text]) => `  ${name.padEnd(10)}${text}`);
  return `${manifest.title} ${manifest.version}

Usage: ${typed} COMMAND [options]

${list.join('\n')}

${typed} help COMMAND says more about each.`;
}
