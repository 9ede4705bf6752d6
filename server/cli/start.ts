import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { count, number, outcomeWord } from '../../src/run-words';
import { parseSettings } from '../../src/settings';
import { assertSafeExposure } from '../dashboard/access/password';
import { type OpenDashboard, openDashboard } from '../dashboard/open-dashboard';
import { LOG_STREAMS_PATH } from '../log-streams/endpoint';
import { manifest } from '../manifest';
import { countSlackMessages } from '../runs/answers';
import type { OpenHost } from '../runs/host';
import type { FinishedRun } from '../runs/runner';
import { parseSchedule } from '../runs/schedule';
import type { Role } from '../runs/workers';
import type { ResolvedSettings } from '../tenants/registry';
import type { TenantRow } from '../tenants/tenant-store';
import { announceTenants } from './announce-tenants';
import { dayAndTime, describeRun, describeSlackReport } from './describe-run';
import {
  type CommandOptions,
  openCommandHost,
  refreshTenants,
  SANDBOX_TENANT,
  type SandboxUse,
} from './open-host';
import { summaryOf } from './run';
import { type SandboxWorld, sandboxForDashboard } from './sandbox-world';
import { showRetries } from './show-retries';
import type { Terminal } from './terminal';

/** The tenants that are there when the host starts. */
interface Tenants {
  all: readonly TenantRow[];
  /** Where there is one. */
  only: TenantRow | undefined;
  /** Of that one; none where they cannot be had, which its run says. */
  settings: ResolvedSettings;
}

async function findTenants({ registry }: OpenHost): Promise<Tenants> {
  const all = await registry.list();
  const only = all.length === 1 ? all[0] : undefined;
  const settings = only ? await registry.settingsOf(only).catch(() => ({})) : {};
  return { all, only, settings };
}

function describeTenants({ all, only, settings }: Tenants): string {
  if (only) return settings.AUTH0_DOMAIN || only.name;
  if (all.length === 0) return 'none yet: add one in the Dashboard, or with the command tenants add NAME';
  const off = all.filter(({ isActive }) => !isActive).length;
  return `${number(all.length)}${off > 0 ? `, ${number(off)} of them switched off` : ''}`;
}

/** Prints what is exported, from where, and where everything is kept. */
function printBanner(
  terminal: Terminal,
  world: SandboxWorld | undefined,
  tenants: Tenants,
  place: string,
  door: [label: string, url: string],
  triggerUrl: string | undefined,
): void {
  terminal.line();
  terminal.heading(`${manifest.title} ${manifest.version}`);
  terminal.line();
  terminal.table([
    world
      ? [
          'Sandbox',
          `an Auth0 tenant with ${count(world.logs, 'log')} and ${count(world.users, 'user')}, Segment and Slack, all on this machine: nothing is sent anywhere else.`,
        ]
      : [tenants.all.length > 1 ? 'Tenants' : 'Tenant', describeTenants(tenants)],
    ['State', place],
    door,
    ...(triggerUrl ? [['Log streams', `${triggerUrl}${LOG_STREAMS_PATH}NAME`] as const] : []),
  ]);
  terminal.line();
}

/**
 * Says how to come from nothing, or from the sandbox, to the export of a tenant: the three ways, with what to type.
 *
 * @param command what the shell knows this program by
 * @param world where the sandbox runs: what is installed there is kept with it, in its folder
 */
function printWaysOn(
  terminal: Terminal,
  {
    url,
    command,
    world,
    place,
  }: { url: string; command: string; world: SandboxWorld | undefined; place: string },
): void {
  terminal.heading('Export from your own Auth0 tenant in one of three ways:');
  terminal.table([
    [
      'Environment',
      `AUTH0_DOMAIN=example.eu.auth0.com AUTH0_CLIENT_ID=… AUTH0_CLIENT_SECRET=… SEGMENT_KEY=… ${command} start`,
    ],
    [
      'Browser',
      world
        ? `${command} start --no-sandbox, then open ${url} and install the extension there`
        : `open ${url} and install the extension there`,
    ],
    ['Setup', `${command} setup main --domain example.eu.auth0.com`],
  ]);
  if (world) {
    printTrySetup(terminal, world, command);
    terminal.line(
      `What you install while the sandbox runs is kept with it, in ${place}, and not exported without it.`,
    );
  }
  terminal.line();
}

/** Prints what setup asks for, as the sandbox has it. */
function printTrySetup(terminal: Terminal, { sandbox }: SandboxWorld, command: string): void {
  const { tenant, segment } = sandbox;
  terminal.line();
  terminal.heading('Try setup on the sandbox, in another terminal:');
  terminal.verbatim(
    `  ALLOW_PRIVATE_HOSTS=true ${command} setup acme --domain ${tenant.domain} --segment-endpoint ${segment.url}`,
  );
  terminal.table([
    ['Domain', tenant.domain],
    ['Segment endpoint', segment.url],
    ['Segment write key', segment.writeKey],
  ]);
  // A broken line could not be copied.
  terminal.verbatim(`  Management API token ${tenant.issueToken()}`);
  terminal.line();
}

/**
 * Prints what the run at once did, where there was one.
 *
 * @param messages that Slack took of it
 * @param time a point in time as the schedule's clock shows it
 */
function reportFirstRun(
  terminal: Terminal,
  { answer }: FinishedRun,
  { settings }: Tenants,
  {
    world,
    messages,
    time,
  }: { world: SandboxWorld | undefined; messages: number; time: (ms: number) => string },
): void {
  if (answer.statusCode === 409) terminal.line(answer.body.message);
  else {
    const record = answer.body.status;
    const { slack } = parseSettings((name) => settings[name]);
    const text = world?.sandbox.slack.messages.at(-1)?.text;
    const got = describeSlackReport(slack.webhook, messages, record);
    terminal.heading(`Run of ${time(Date.parse(record.start))}: ${outcomeWord(record)}`);
    const lines = describeRun(record, messages > 0 && text ? `${got}: “${String(text)}”` : got);
    // The sandbox's Segment has no Debugger, and its key is right.
    terminal.table(world ? lines.filter(([label]) => label !== 'Segment') : lines);
  }
  terminal.line();
}

/**
 * What comes next, in a sentence or two.
 *
 * @param tenants as they are now
 * @param now milliseconds since 1970
 * @param timeZone IANA name, of the clock that times are shown by
 */
function describeNext(
  tenants: readonly TenantRow[],
  { now, timeZone: shownIn }: { now: number; timeZone: string },
): string {
  const due = tenants.flatMap(({ dueAt, isActive }) => (isActive && dueAt !== null ? [dueAt] : []));
  if (tenants.length === 0) return 'No tenant has been added yet.';
  if (due.length === 0)
    return tenants.length === 1 ? 'Its schedule is switched off.' : 'All schedules are switched off.';
  const [only, ...others] = tenants;
  const first = Math.min(...due);
  const next = first <= now ? 'What is due runs now.' : `Next run at ${dayAndTime(first, now, shownIn)}.`;
  if (!only || others.length > 0) return next;
  const { description, timeZone } = parseSchedule(only.schedule, only.timeZone);
  return `${next} Schedule: ${description} (${only.schedule}, ${timeZone}).`;
}

/**
 * Percent by which the heap may grow past what is in use before it is cleared of the rest. V8 lets it become several
 * times as large where a machine has memory: a thousand tenants beside a long backlog then took 800 MB, 100 in use.
 */
const HEAP_GROWS_PERCENT = 50;

/** What `start` is given. */
interface StartOptions extends Omit<CommandOptions, 'onTrouble'> {
  sandboxUse: SandboxUse;
  /** What the process does for others on the same database. */
  role: Role;
  /** What the shell knows this program by, such as `node build/out/cli.mjs`. */
  command: string;
  terminal: Terminal;
  /** Told the origins of the sandbox before anything is asked there. */
  onSandbox: (origins: readonly string[]) => void;
}

/**
 * Exports all tenants on their schedules until it is asked to stop.
 *
 * @returns the exit code
 * @throws {HostError} when it cannot begin
 */
export async function start(options: StartOptions): Promise<number> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWS_PERCENT}`);
  const { setup, role, terminal, stop, command } = options;
  const isWorker = role === 'worker';
  const warnings = isWorker ? [] : await assertSafeExposure(setup);
  const time = (ms: number) => new Date(ms).toLocaleTimeString('en-GB', { timeZone: setup.timeZone });
  let dashboard: OpenDashboard | undefined;
  // The first run of the only tenant is reported at length.
  let reported: string | undefined;
  let only: string | undefined;
  const endings: (() => void)[] = [];
  const { host, world, isSandboxLeftOut, close } = await openCommandHost({
    ...options,
    onEnd: (finished) => {
      dashboard?.metrics.countRun(finished);
      const { tenant, startedAt } = finished;
      reported ??= only === tenant.name ? finished.id : '';
      if (reported === finished.id) return;
      const name = only === tenant.name ? '' : `${tenant.name}  `;
      terminal.line(`${time(Date.parse(startedAt))}  ${name}${summaryOf(finished)}`);
    },
    onTriggers: (noted) => dashboard?.metrics.countTriggers(noted),
    onTrouble: terminal.line,
  });
  try {
    if (world) {
      const { tenant, segment, slack } = world.sandbox;
      options.onSandbox([tenant.url, segment.url, slack.url]);
    }
    // In the sandbox its own tenant stands for the one that the environment gives.
    const overrides = world ? {} : options.overrides;
    warnings.push(...(await refreshTenants(host, { overrides, isHost: true })));
    for (const warning of warnings) terminal.line(`Warning: ${warning}`);
    dashboard = await openDashboard({
      ...setup,
      isForOperations: isWorker,
      onAccess: terminal.line,
      host,
      sandbox: world ? sandboxForDashboard(SANDBOX_TENANT, world) : null,
    });
    if (stop.aborted) return 0;
    const tenants = await findTenants(host);
    only = tenants.only?.name;
    printBanner(
      terminal,
      world,
      tenants,
      host.place,
      [isWorker ? 'Health' : 'Dashboard', dashboard.url],
      dashboard.triggerUrl,
    );

    if (isSandboxLeftOut) {
      terminal.line(
        `The sandbox isn't running, because a tenant is configured. Start it with: ${command} start --sandbox`,
      );
      terminal.line();
    }
    if (world?.formerDomain) {
      terminal.line(
        `The port of ${world.formerDomain} is in use by another program: the sandbox's tenant is ${world.sandbox.tenant.domain} now. Tenants in ${host.place} follow it; set up others again.`,
      );
      terminal.line();
    }

    endings.push(
      announceTenants(host, tenants.all, terminal.line),
      showRetries(host.here, (name, sentence) =>
        terminal.line(only === name ? sentence : `${name}  ${sentence}`),
      ),
    );

    const { result: first, messages } = await countSlackMessages(tenants.settings, () => host.begin());
    if (first) reportFirstRun(terminal, first, tenants, { world, messages, time });
    reported ??= '';
    if (!stop.aborted && (world || tenants.all.length === 0)) {
      printWaysOn(terminal, { url: dashboard.url, command, world, place: host.place });
    }
    if (!stop.aborted) {
      const times = { now: host.now(), timeZone: setup.timeZone };
      terminal.line(`${describeNext(await host.registry.list(), times)} Ctrl-C stops.`);
    }
    if (!stop.aborted) await once(stop, 'abort');
    terminal.line('Stopping: runs under way finish their batch and save.');
  } finally {
    for (const end of endings) end();
    await dashboard?.close();
    await close();
  }
  return 0;
}
