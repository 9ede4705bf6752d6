import { once } from 'node:events';
import { parseSettings } from '../../../src/settings/parse-settings';
import type { Clock } from '../../../src/time/clock';
import { checkDoor } from '../../dashboard/door/check-door';
import { type OpenDashboard, openDashboard } from '../../dashboard/open-dashboard';
import type { Execution } from '../../host/executions/execution';
import { messageOf } from '../../host/executions/message-of';
import { recordOf } from '../../host/executions/record-of';
import type { Host } from '../../host/host';
import { firstInstallation } from '../../host/installation/first-installation';
import { manifest } from '../../host/installation/manifest';
import { parseSchedule } from '../../host/schedule/parse-schedule';
import { mountPath } from '../../host/webtask/mount';
import { checkSettings } from '../options/check-settings';
import type { HostSetup } from '../options/parse-host-options';
import { count } from '../report/count';
import type { Terminal } from '../report/create-terminal';
import { describeRun } from '../report/describe-run';
import { runInALine } from '../report/run-in-a-line';
import { slackInWords } from '../report/slack-in-words';
import type { SandboxWorld } from '../sandbox/open-sandbox-world';
import { openHost } from './open-host';

/** What `start` is given. */
export interface StartOptions {
  setup: HostSetup;
  given: Readonly<Record<string, string>>;
  /** Whether the sandbox stands in where no tenant is known. */
  maySandbox: boolean;
  terminal: Terminal;
  clock: Clock;
  /** Fires when the process is asked to stop. */
  stop: AbortSignal;
}

/**
 * Installs the extension where nothing was ever installed and its settings are known.
 *
 * @throws {HostError} when settings are missing or wrong
 */
async function installFirst(host: Host, setup: HostSetup, world: SandboxWorld | undefined): Promise<void> {
  const { SEGMENT_KEY = '', SLACK_INCOMING_WEBHOOK = '' } = world?.sandbox.secrets() ?? {};
  const sandboxSettings = world && { SEGMENT_KEY, SLACK_INCOMING_WEBHOOK, SLACK_SEND_SUCCESS: 'Yes' };
  const isKnown = Object.keys(host.given).length > 0;
  if (host.isNew && isKnown) {
    checkSettings({ ...sandboxSettings, ...host.given });
    await host.update(() => firstInstallation({ ...sandboxSettings }, setup, host.now()));
    return;
  }
  if (!host.installed) return;
  await host.update((installed) => {
    if (!installed) return undefined;
    const { settings, job } = installed;
    // The sandbox takes other ports each time.
    const isStale = world && settings.SLACK_INCOMING_WEBHOOK?.startsWith('http://127.0.0.1:');
    return {
      ...installed,
      settings: isStale ? { ...settings, SLACK_INCOMING_WEBHOOK } : settings,
      job: setup.schedule ? { ...job, schedule: setup.schedule, tz: setup.timeZone } : job,
    };
  });
  checkSettings(host.secrets(''));
}

/** Prints what is exported, from where, and where everything is kept. */
function introduce(
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
 * Hosts the extension until it is asked to stop: one run at once, then on its schedule.
 *
 * @returns the exit code
 * @throws {HostError} when it cannot begin
 */
export async function start(options: StartOptions): Promise<number> {
  checkDoor(options.setup);
  const { setup, terminal, clock, stop } = options;
  const time = (ms: number) => new Date(ms).toLocaleTimeString('en-GB', { timeZone: setup.timeZone });
  let print = (_execution: Execution) => {};
  let dashboard: OpenDashboard | undefined;
  const { host, folder, lock, world, close } = await openHost({
    dataDir: setup.dataDir,
    given: options.given,
    maySandbox: options.maySandbox,
    command: 'start',
    clock,
    baseUrl: () => `${dashboard?.url ?? ''}${mountPath}`,
    onEnd: (execution) => {
      dashboard?.metrics.countExecution(execution);
      print(execution);
    },
    onTrouble: (message) => terminal.line(message),
  });
  try {
    await installFirst(host, setup, world);
    dashboard = await openDashboard({
      ...setup,
      host,
      sandbox: world
        ? { segmentKey: world.sandbox.segment.writeKey, slackWebhook: world.sandbox.slack.webhookUrl }
        : null,
    });
    lock.announce(dashboard.url);
    introduce(terminal, world, host, folder, dashboard.url);

    const first = await host.begin();
    const record = first && recordOf(first.body);
    if (record) {
      const { slack } = parseSettings((name) => host.secrets('')[name]);
      const messages = world?.sandbox.slack.messages ?? [];
      const got =
        messages.length > 0 ? `${count(messages.length, 'message')}: “${String(messages[0]?.text)}”` : '';
      terminal.heading(`Run of ${time(Date.parse(record.start))}: ${record.error ? 'failed' : 'done'}`);
      terminal.table(describeRun(record, got || slackInWords(record, slack)));
    } else if (first) terminal.line(messageOf(first.body));
    terminal.line();
    const job = host.installed?.job;
    if (job?.state === 'active') {
      const { words, timeZone } = parseSchedule(job.schedule, job.tz);
      terminal.line(
        `Next run at ${job.next_available_at ? time(Date.parse(job.next_available_at)) : 'an unknown time'}. Schedule: ${words} (${job.schedule}, ${timeZone}). Ctrl-C stops.`,
      );
    } else terminal.line(job ? 'The job is switched off.' : 'Nothing is installed.');

    print = ({ started_at, body }) => {
      const ended = recordOf(body);
      terminal.line(`${time(Date.parse(started_at))}  ${ended ? runInALine(ended) : messageOf(body)}`);
    };
    if (!stop.aborted) await once(stop, 'abort');
    terminal.line('Stopping: a run under way finishes its batch and saves.');
  } finally {
    await close();
    await dashboard?.close();
  }
  return 0;
}
