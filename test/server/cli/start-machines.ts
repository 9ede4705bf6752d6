import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunList, TenantList } from '../../../server/dashboard/api/view';
import type { Role } from '../../../server/runs/workers';
import type { Sandbox } from '../../../server/sandbox/sandbox';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { node22 } from '../../support/node-22';
import { openTestPostgres } from '../../support/postgres';
import { temporaryFolder } from '../../support/temporary-folder';
import { openSandbox } from '../sandbox/open-sandbox';
import { dashboardClient } from './dashboard-client';
import { runInProcess, startCommand } from './run-in-process';
import type { CommandResult, RunningCommand } from './running-command';
import { type RunningProcess, startProcess } from './start-process';

/** A worker or web server on the database. */
export interface Machine extends RunningCommand {
  /** Of its Dashboard, or of health and metrics. */
  url: string;
}

/** Tenants, and the workers and web servers on one database that export them. */
export interface Machines {
  /** Of the database, with the password. */
  url: string;
  sandboxes: ReadonlyMap<string, Sandbox>;
  /**
   * Starts one in the process of the test.
   *
   * @param env besides what all have
   */
  start(role: Role, env?: Record<string, string>): Promise<Machine>;
  /**
   * Starts one in a process of its own.
   *
   * @param program of another version; by default the one that is built
   */
  startProcess(role: Role, program?: string): Promise<Machine & RunningProcess>;
  /** Runs a command beside them. */
  command(args: string[]): Promise<CommandResult>;
}

/** For polls that query the database each time. */
export const SELDOM = { interval: 250 };

/** A schedule that does not come during a test. */
export const RARELY = '0 0 0 1 1 *';

/**
 * Prepares tenants with so many logs each, on a schedule, and whatever starts processes that export them: on a database of
 * their own, where no other is named.
 */
export async function openMachines({
  url: named,
  tenants,
  schedule = RARELY,
  env = {},
  sandbox = {},
}: {
  url?: string;
  tenants: Readonly<Record<string, number>>;
  schedule?: string;
  env?: Record<string, string>;
  sandbox?: Omit<NonNullable<Parameters<typeof openSandbox>[0]>, 'tenant'>;
}): Promise<Machines> {
  const url = named ?? (await openTestPostgres()).url;
  const folder = await temporaryFolder();
  const sandboxes = new Map<string, Sandbox>();
  let text = 'tenants:\n';
  for (const [name, count] of Object.entries(tenants)) {
    const start = Date.now() - count * 1000;
    const one = await openSandbox({
      ...sandbox,
      tenant: { logs: generateLogs({ count, users: 10, start }) },
    });
    sandboxes.set(name, one);
    const { EXTENSION_SECRET: _, SLACK_SEND_SUCCESS: __, ...settings } = one.secrets();
    const lines = Object.entries(settings).map(([key, value]) => `      ${key}: ${JSON.stringify(value)}\n`);
    text += `  - name: ${name}\n    schedule: "${schedule}"\n    settings:\n${lines.join('')}`;
  }
  await writeFile(join(folder, 'tenants.yaml'), text, { mode: 0o600 });
  const shared = {
    TENANTS_FILE: join(folder, 'tenants.yaml'),
    DATABASE_URL: url,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    // Nothing is kept in a folder.
    DATA_DIR: join(folder, 'none'),
    ...env,
  };
  const ready = async <T extends RunningCommand>(running: T): Promise<T & Machine> => {
    const [, address = ''] = await running.prints(/^ *(?:Dashboard|Health) +(http\S+)$/m);
    await running.prints(/Ctrl-C stops/);
    return { ...running, url: address };
  };
  const argsOf = (role: Role) => ['start', '--role', role];
  return {
    url,
    sandboxes,
    command: (args) => runInProcess(args, { env: shared, folder }),
    start: async (role, more = {}) =>
      ready(await startCommand(argsOf(role), { env: { ...shared, ...more }, folder })),
    startProcess: async (role, program) =>
      ready(await startProcess(argsOf(role), { env: shared, folder, node: node22(), program })),
  };
}

/** Returns the answer of a Dashboard. */
export const askFor = async <T>(url: string, path: string): Promise<T> =>
  (await (await fetch(url + path)).json()) as T;

export const runsOf = (url: string, tenant: string): Promise<RunList> =>
  askFor<RunList>(url, `/api/tenants/${tenant}/runs`);

export const tenantsOf = (url: string): Promise<TenantList> => askFor<TenantList>(url, '/api/tenants');

/** Triggers a run of a tenant, as the Dashboard does. */
export const runNow = async (url: string, tenant: string): Promise<number> =>
  (await dashboardClient(url)).post(`/api/tenants/${tenant}/run`, {});

/** Makes a tenant's export slow enough to be met in the middle. */
export function slowDown(sandbox: Sandbox | undefined): Sandbox {
  if (!sandbox) throw new Error('no sandbox');
  sandbox.segment.faults.add({ times: Number.POSITIVE_INFINITY, fault: { kind: 'delay', ms: 2_000 } });
  return sandbox;
}

/** Calls that arrived more than once. */
export const doubled = ({ segment }: Sandbox): string[] =>
  [...segment.ids('track')].filter(([, times]) => times > 1).map(([id]) => id);
