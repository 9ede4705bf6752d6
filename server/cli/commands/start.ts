import { once } from 'node:events';
import type { Clock } from '../../../src/time/clock';
import { checkDoor } from '../../dashboard/door/check-door';
import { type OpenDashboard, openDashboard } from '../../dashboard/open-dashboard';
import type { Execution } from '../../host/executions/execution';
import { messageOf } from '../../host/executions/message-of';
import { recordOf } from '../../host/executions/record-of';
import { countSlackMessages } from '../../host/http/count-slack-messages';
import { mountPath } from '../../host/webtask/mount';
import type { HostSetup } from '../options/parse-host-options';
import type { Terminal } from '../report/create-terminal';
import { introduce } from '../report/introduce';
import { reportFirstRun } from '../report/report-first-run';
import { runInALine } from '../report/run-in-a-line';
import { installFirst } from './install-first';
import { openHost } from './open-host';

/** What `start` is given. */
export interface StartOptions {
  setup: HostSetup;
  given: Readonly<Record<string, string>>;
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
  const warnings = await checkDoor(options.setup);
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
    introduce(terminal, world, host, folder, dashboard.url);

    const { result: first, messages } = await countSlackMessages(host, () => host.begin());
    reportFirstRun(terminal, host, world, first, messages, time);
    print = ({ started_at, body }) => {
      const ended = recordOf(body);
      terminal.line(`${time(Date.parse(started_at))}  ${ended ? runInALine(ended) : messageOf(body)}`);
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
