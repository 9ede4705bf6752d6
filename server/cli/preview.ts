import { ExportError } from '../../src/errors';
import { BatchFailure } from '../../src/job/export-batches';
import type { Previewed, PreviewedCall } from '../../src/job/preview';
import { count, total } from '../../src/run-words';
import { printedCall } from '../../src/segment/calls';
import { createDeadline } from '../../src/time';
import { byName } from './describe-run';
import {
  type CommandOptions,
  chooseTenant,
  isAnyTenantKnown,
  openCommandHost,
  refreshTenants,
} from './open-host';
import { checkSettings } from './settings';
import type { Terminal } from './terminal';

/** What `preview` is given. */
interface PreviewOptions extends Omit<CommandOptions, 'onTrouble'> {
  /** Of the tenant; empty where none was named. */
  name: string;
  /** Newest logs to look at; `undefined`: those from the checkpoint on. */
  last: number | undefined;
  isJson: boolean;
  /** Takes the table. */
  terminal: Terminal;
  /** Takes what is for people where stdout is for programs. */
  warn: (sentence: string) => void;
  /** Takes a line of JSON for each call. */
  print: (json: string) => void;
}

/** Logs that are looked at from the checkpoint on. */
const MOST_LOGS = 100;
/** Milliseconds that it may take. */
const LONGEST_MS = 120_000;
const LONGEST_CELL = 40;

const HEADINGS = ['Time', 'Call', 'Event', 'User ID'];

const cell = (text: string) => (text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL - 1)}…` : text);

/** The cells of a call; its application where that is told. */
function rowOf({ call, log }: PreviewedCall, loginContext: boolean): string[] {
  const event = call.type === 'track' ? call.event : '';
  const named = call.type === 'track' ? log.client?.name || log.client?.id || '' : '';
  const application = loginContext ? [cell(named)] : [];
  return [log.date, call.type, event, cell(call.userId), ...application];
}

/** What there is to say below the calls. */
function sumUp({ calls, logs, skipped, rejected, moreToCome, excluded }: Previewed, last?: number): string[] {
  const events: Record<string, number> = {};
  for (const { call } of calls) {
    if (call.type === 'track') events[call.event] = (events[call.event] ?? 0) + 1;
  }
  const sent = total(events);
  const more =
    moreToCome && last === undefined
      ? ' More logs are waiting: these are the first that the next run sends.'
      : '';
  return [
    logs === 0
      ? last === undefined
        ? 'The next run would send nothing: no log that is exported is waiting. See those of the newest logs with --last 10.'
        : 'None of the logs that the tenant keeps is exported.'
      : `${count(sent, 'event')} of ${count(logs, 'log')}${sent > 0 ? `: ${byName(events)}` : ''}.${more}`,
    ...(skipped > 0 ? [`Left out: ${count(skipped, 'log')} without a user.`] : []),
    ...rejected.map(({ logId, reason }) => `Rejected: log ${logId}: ${reason}`),
    ...(excluded.length > 0 ? [`Fields that never leave (EXCLUDE_FIELDS): ${excluded.join(', ')}.`] : []),
    'Nothing was sent, and the checkpoint was not moved.',
  ];
}

/**
 * Shows the calls that the next run would make, made by the same code from the tenant's own logs. It takes no lease:
 * a run may be under way meanwhile.
 *
 * @returns the exit code: 0, or 1 where the logs or users could not be read
 * @throws {HostError} where there is no such tenant, or its settings cannot be used
 */
export async function preview(options: PreviewOptions): Promise<number> {
  const { setup, overrides, name, last, isJson, terminal, warn, print, clock, stop } = options;
  // This says what is needed.
  if (!isAnyTenantKnown(setup, overrides)) checkSettings(overrides);
  const { host, close } = await openCommandHost({ ...options, onTrouble: warn });
  const deadline = createDeadline({ clock, budgetMs: LONGEST_MS, stop });
  try {
    for (const warning of await refreshTenants(host, { ...options, isHost: false })) warn(warning);
    const tenant = chooseTenant(await host.registry.list(), name);
    if (!tenant) {
      checkSettings(overrides);
      return 1;
    }
    checkSettings(await host.registry.settingsOf(tenant));
    const exporter = await host.exporterOf(tenant);
    const previewed = await exporter.preview({
      state: last === undefined ? await host.storeOf(tenant).state.read() : undefined,
      most: last ?? MOST_LOGS,
      deadline,
      onWarning: warn,
    });
    const { calls, loginContext } = previewed;
    if (isJson) for (const { call } of calls) print(printedCall(call));
    else if (calls.length > 0) {
      terminal.columns(
        [...HEADINGS, ...(loginContext ? ['Application'] : [])],
        calls.map((one) => rowOf(one, loginContext)),
      );
      terminal.line();
    }
    for (const sentence of sumUp(previewed, last)) {
      if (isJson) warn(sentence);
      else terminal.line(sentence);
    }
    return 0;
  } catch (thrown) {
    const error = thrown instanceof BatchFailure ? thrown.cause : thrown;
    if (!(error instanceof ExportError)) throw error;
    warn(error.message);
    return 1;
  } finally {
    deadline.end();
    await close();
  }
}
