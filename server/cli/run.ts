import type { JobAnswer } from '../../src/job/run-job';
import { count } from '../../src/run-words';
import { parseSettings } from '../../src/settings';
import { troubleInWords } from '../errors';
import { countSlackMessages } from '../runs/answers';
import type { OpenHost } from '../runs/host';
import type { FinishedRun } from '../runs/runner';
import type { TenantRow } from '../tenants/tenant-store';
import { describeRun, describeSlackReport, formatRunSummary } from './describe-run';
import { drain } from './drain';
import {
  type CommandOptions,
  chooseTenant,
  isAnyTenantKnown,
  openCommandHost,
  refreshTenants,
} from './open-host';
import { checkSettings } from './settings';
import { showRetries } from './show-retries';
import type { Terminal, TerminalStream } from './terminal';

/** The exit code of a run that leaves logs for the next: sysexits' EX_TEMPFAIL. */
const LOGS_ARE_LEFT = 75;

/** 0 done; 75 when logs are left for the next run; 1 failed, or another run is under way. */
function exitCodeOf(answer: JobAnswer): 0 | 1 | 75 {
  if (answer.statusCode !== 200) return 1;
  return answer.body.status.moreToCome ? LOGS_ARE_LEFT : 0;
}

type RunExitCode = ReturnType<typeof exitCodeOf>;

/** Failed before logs are left, that before done. */
const worst = (codes: readonly RunExitCode[]): RunExitCode =>
  codes.includes(1) ? 1 : codes.includes(LOGS_ARE_LEFT) ? LOGS_ARE_LEFT : 0;

/** What `run` is given. */
interface RunOptions extends Omit<CommandOptions, 'onTrouble'> {
  /** Of the tenant; empty where none was named. */
  name: string;
  /** Whether to run all tenants whose schedules are kept. */
  isAll: boolean;
  /** Whether to go on until nothing is left. */
  isDrain: boolean;
  /** For people. */
  terminal: Terminal;
  /** What the terminal writes to; a progress bar needs it. */
  stream: TerminalStream & NodeJS.WritableStream;
  /** For programs: takes the result as JSON. */
  print: (json: string) => void;
}

/** Says that nothing was done. */
function tellStopped(terminal: Terminal): RunExitCode {
  terminal.line('Stopped before anything was exported; the next run resumes from its checkpoint.');
  return LOGS_ARE_LEFT;
}

/** Runs one tenant. */
async function runOne(host: OpenHost, tenant: TenantRow, options: RunOptions): Promise<RunExitCode> {
  const { isDrain, terminal, print, stop } = options;
  const settings = await host.registry.settingsOf(tenant);
  checkSettings(settings);
  if (stop.aborted) return tellStopped(terminal);
  if (isDrain) {
    const drained = await drain({ ...options, host, tenant });
    if (!drained) return tellStopped(terminal);
    print(JSON.stringify(drained.result));
    if (drained.answer.statusCode === 409) terminal.line(drained.answer.body.message);
    return exitCodeOf(drained.answer);
  }
  terminal.line(`Exporting from ${settings.AUTH0_DOMAIN} …`);
  const { result: finished, messages } = await countSlackMessages(settings, () =>
    host.runner.run(tenant, 'command', host.now()),
  );
  if (!finished) return tellStopped(terminal);
  const { answer } = finished;
  print(JSON.stringify(answer.body));
  if (answer.statusCode === 409) terminal.line(answer.body.message);
  else {
    const { slack } = parseSettings((name) => settings[name]);
    const { status } = answer.body;
    terminal.table(describeRun(status, describeSlackReport(slack.webhook, messages, status)));
  }
  return exitCodeOf(answer);
}

/** What came of a run, in a line. */
export const summaryOf = ({ answer }: Pick<FinishedRun, 'answer'>): string =>
  answer.statusCode === 409 ? answer.body.message : formatRunSummary(answer.body.status);

/** Runs all tenants whose schedules are kept, a few at once. */
async function runAll(host: OpenHost, { terminal, print }: RunOptions): Promise<RunExitCode> {
  const tenants = (await host.registry.list()).filter(({ isActive }) => isActive);
  terminal.line(
    tenants.length === 0
      ? 'No tenant has its schedule switched on.'
      : `Exporting ${count(tenants.length, 'tenant')} …`,
  );
  const codes = await Promise.all(
    tenants.map(async (tenant): Promise<RunExitCode> => {
      try {
        const finished = await host.runner.run(tenant, 'command', host.now());
        if (!finished) return LOGS_ARE_LEFT;
        print(JSON.stringify({ tenant: tenant.name, ...finished.answer.body }));
        terminal.line(`${tenant.name}  ${summaryOf(finished)}`);
        return exitCodeOf(finished.answer);
      } catch (error) {
        // The others are run all the same.
        const message = troubleInWords(error);
        print(JSON.stringify({ tenant: tenant.name, error: 'not_run', message }));
        terminal.line(`${tenant.name}  ${message}`);
        return 1;
      }
    }),
  );
  return worst(codes);
}

/**
 * Exports once, or as often as it takes, and ends. Other processes may work in the same folder meanwhile.
 *
 * @returns the exit code: 0 done, 75 more to come, 1 failed
 * @throws {HostError} when settings are missing or wrong (78), or the folder cannot be used
 */
export async function run(options: RunOptions): Promise<number> {
  const { setup, terminal, overrides, name, isAll } = options;
  if (!isAnyTenantKnown(setup, overrides)) {
    // This says what is needed.
    checkSettings(overrides);
  }
  const { host, close } = await openCommandHost({ ...options, onTrouble: terminal.line });
  try {
    for (const warning of await refreshTenants(host, { ...options, isHost: false }))
      terminal.line(`Warning: ${warning}`);
    // A line between would break the progress bar.
    if (!(options.isDrain && options.stream.isTTY)) {
      showRetries(host.live, (name, sentence) => terminal.line(isAll ? `${name}  ${sentence}` : sentence));
    }
    if (isAll) return await runAll(host, options);
    const tenant = chooseTenant(await host.registry.list(), name);
    if (tenant) return await runOne(host, tenant, options);
    checkSettings(overrides);
    return 1;
  } finally {
    await close();
  }
}
