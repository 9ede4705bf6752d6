import { checkTenant } from '../tenants/check';
import type { CheckLine } from '../tenants/check-line';
import type { ReportLine } from './describe-run';
import { type CommandOptions, chooseTenant, isAnyTenantKnown, openCommandHost } from './open-host';
import { checkSettings } from './settings';
import type { Terminal } from './terminal';

/** What `check` is given. */
interface CheckOptions extends Omit<CommandOptions, 'onTrouble'> {
  /** Of the tenant; empty where none was named. */
  name: string;
  /** Whether Slack gets a test message. */
  slackMessage: boolean;
  isJson: boolean;
  /** Takes the lines. */
  terminal: Terminal;
  /** Told of what is wrong besides, in sentences. */
  warn: (sentence: string) => void;
  /** Takes JSON. */
  print: (json: string) => void;
}

const LABELS: Readonly<Record<CheckLine['state'], string>> = {
  ok: 'OK',
  warning: 'Warning',
  failure: 'Failed',
};

const asLine = ({ name, state, text, remedy }: CheckLine): ReportLine => [
  LABELS[state],
  `${name}: ${text}${remedy ? ` ${remedy}` : ''}`,
];

/** 78 where the settings themselves are wrong, 1 where something else is, 0 where there are warnings at most. */
function exitCodeOf(lines: readonly CheckLine[]): 0 | 1 | 78 {
  const failed = lines.filter(({ state }) => state === 'failure');
  if (failed.some(({ name }) => name === 'Settings')) return 78;
  return failed.length > 0 ? 1 : 0;
}

/**
 * Checks whether a tenant can be exported, and tells each line as it becomes known. Other processes may work in the
 * same folder meanwhile.
 *
 * @returns the exit code: 0 nothing failed, 1 something did, 78 the settings cannot be used
 * @throws {HostError} where there is no such tenant, or its settings cannot be had
 */
export async function check(options: CheckOptions): Promise<number> {
  const { setup, overrides, name, slackMessage, isJson, terminal, print, warn, clock, stop } = options;
  // This says what is needed.
  if (!isAnyTenantKnown(setup, overrides)) checkSettings(overrides);
  const { host, close } = await openCommandHost({ ...options, onTrouble: warn });
  try {
    for (const warning of await host.refresh(false)) warn(warning);
    const tenant = chooseTenant(await host.registry.list(), name);
    if (!tenant) {
      checkSettings(overrides);
      return 1;
    }
    const settings = await host.registry.settingsOf(tenant);
    const lines: CheckLine[] = [];
    for await (const line of checkTenant(
      settings,
      { clock, fetch: globalThis.fetch, random: Math.random, stop },
      { slackMessage },
    )) {
      lines.push(line);
      if (!isJson) terminal.table([asLine(line)]);
    }
    if (isJson) print(JSON.stringify({ tenant: tenant.name, lines }));
    return stop.aborted ? 1 : exitCodeOf(lines);
  } finally {
    await close();
  }
}
