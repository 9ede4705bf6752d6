import { once } from 'node:events';
import { parseSettings } from '../../src/settings';
import type { Clock } from '../../src/time';
import { assertSafeExposure } from '../dashboard/access/password';
import { type OpenDashboard, openDashboard } from '../dashboard/open-dashboard';
import { countSlackMessages } from '../host/answers';
import { manifest, mountPath } from '../manifest';
import { type Execution, messageOf, recordOf } from '../runs/executions';
import type { Host } from '../runs/host';
import { parseSchedule } from '../runs/schedule';
import { firstInstallation } from '../tenants/tenants';
import { count, describeRun, describeSlackReport, formatRunSummary } from './describe-run';
import { openHost, type SandboxWorld } from './open-host';
import type { HostSetup } from './options';
import { checkSettings, requiredSettings } from './settings';
import type { Terminal } from './terminal';

/**
 * Installs the extension where nothing was ever installed and its settings are known.
 *
 * @throws {HostError} when settings are missing or wrong
 */
async function installFirst(
  host: Host,
  setup: Pick<HostSetup, 'schedule' | 'timeZone' | 'isTimeZoneGiven'>,
  world: SandboxWorld | undefined,
): Promise<void> {
  const { SEGMENT_KEY = '', SLACK_INCOMING_WEBHOOK = '' } = world?.sandbox.secrets() ?? {};
  const sandboxSettings = world && { SEGMENT_KEY, SLACK_INCOMING_WEBHOOK, SLACK_SEND_SUCCESS: 'true' };
  const isKnown = requiredSettings.some((name) => host.overrides[name]);
  if (host.isNew && isKnown) {
    checkSettings({ ...sandboxSettings, ...host.overrides });
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

/** Prints what is exported, from where, and where everything is kept. */
function printBanner(
  terminal: Terminal,
  world: SandboxWorld | undefined,
  host: Host,
  folder: string,
  url: string,
): void {
  terminal.line();
  terminal.heading(`${manifest.title} ${manifest.version}`);
  terminal.line();
  terminal.table([
    world
      ? [
          'Sandbox',
          `an Auth0 tenant with ${count(world.logs, 'log')} and ${count(world.users, 'user')}, Segment and Slack, all on this machine. Give AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET and SEGMENT_KEY to export from your own tenant.`,
        ]
      : ['Tenant', host.secrets('').AUTH0_DOMAIN || 'none yet: install the extension in the Dashboard'],
    ['State', folder],
    ['Dashboard', url],
  ]);
  terminal.line();
}

/**
 * Prints what the first run did, and what comes next.
 *
 * @param messages that Slack took of it
 * @param first `undefined` where there was none, because nothing is installed or the job is switched off
 * @param time a point in time as the schedule's clock shows it
 */
function reportFirstRun(
  terminal: Terminal,
  host: Pick<Host, 'secrets' | 'installed'>,
  world: SandboxWorld | undefined,
  first: Execution | undefined,
  messages: number,
  time: (ms: number) => string,
): void {
  const record = first && recordOf(first.body);
  if (record) {
    const { slack } = parseSettings((name) => host.secrets('')[name]);
    const text = world?.sandbox.slack.messages.at(-1)?.text;
    const got = describeSlackReport(slack.webhook, messages, record);
    terminal.heading(`Run of ${time(Date.parse(record.start))}: ${record.error ? 'failed' : 'done'}`);
    terminal.table(describeRun(record, messages > 0 && text ? `${got}: “${String(text)}”` : got));
    terminal.line();
  } else if (first) {
    terminal.line(messageOf(first.body));
    terminal.line();
  }

  const job = host.installed?.job;
  if (!job) {
    terminal.line('Nothing is installed. Ctrl-C stops.');
  } else if (job.next_available_at === null) {
    terminal.line('The job is switched off. Ctrl-C stops.');
  } else {
    const { description, timeZone } = parseSchedule(job.schedule, job.tz);
    terminal.line(
      `Next run at ${time(Date.parse(job.next_available_at))}. Schedule: ${description} (${job.schedule}, ${timeZone}). Ctrl-C stops.`,
    );
  }
}

/** What `start` is given. */
interface StartOptions {
  setup: HostSetup;
  overrides: Readonly<Record<string, string>>;
  /** Whether the sandbox stands in where no tenant is known. */
  maySandbox: boolean;
  terminal: Terminal;
  clock: Clock;
  /** Told the origins of the sandbox before anything is asked there. */
  onSandbox: (origins: readonly string[]) => void;
  /** Fires when the process is asked to stop. */
  stop: AbortSignal;
}

/**
 * Hosts the extension until it is asked to stop: one run at once, then on its schedule.
 *
 * @returns the exit code
 * @throws {HostError} when it cannot begin
 */
export async function start(options: StartOptions): Promise<number> {
  const warnings = await assertSafeExposure(options.setup);
  const { setup, terminal, clock, stop } = options;
  const time = (ms: number) => new Date(ms).toLocaleTimeString('en-GB', { timeZone: setup.timeZone });
  let print = (_execution: Execution) => {};
  let dashboard: OpenDashboard | undefined;
  const { host, folder, lock, world, close } = await openHost({
    dataDir: setup.dataDir,
    overrides: options.overrides,
    maySandbox: options.maySandbox,
    command: 'start',
    clock,
    baseUrl: () => `${dashboard?.url ?? ''}${mountPath}`,
    onEnd: (execution) => {
      dashboard?.metrics.countExecution(execution);
      print(execution);
    },
    onTrouble: (message) => terminal.line(message),
    stop,
  });
  if (world) {
    const { tenant, segment, slack } = world.sandbox;
    options.onSandbox([tenant.url, segment.url, slack.url]);
  }
  try {
    await installFirst(host, setup, world);
    for (const warning of warnings) terminal.line(`Warning: ${warning}`);
    dashboard = await openDashboard({
      ...setup,
      onAccess: terminal.line,
      host,
      sandbox: world
        ? { segmentKey: world.sandbox.segment.writeKey, slackWebhook: world.sandbox.slack.webhookUrl }
        : null,
    });
    lock.announce(dashboard.url);
    if (stop.aborted) return 0;
    printBanner(terminal, world, host, folder, dashboard.url);

    const { result: first, messages } = await countSlackMessages(host, () => host.begin());
    reportFirstRun(terminal, host, world, first, messages, time);
    print = ({ started_at, body }) => {
      const ended = recordOf(body);
      terminal.line(`${time(Date.parse(started_at))}  ${ended ? formatRunSummary(ended) : messageOf(body)}`);
    };
    if (!stop.aborted) await once(stop, 'abort');
    terminal.line('Stopping: a run under way finishes its batch and saves.');
  } finally {
    await host.stop();
    // Whoever takes the folder next takes the port too.
    await dashboard?.close();
    await close();
  }
  return 0;
}
