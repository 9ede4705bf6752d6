import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import type { Clock } from '../../src/time';
import { prepareFolder, sweepFolder } from '../host/folder';
import { type FolderLock, takeFolderLock } from '../host/folder-lock';
import { openJsonFile } from '../host/json-file';
import type { Execution } from '../runs/executions';
import { type Host, startHost } from '../runs/host';
import { type Sandbox, startSandbox } from '../sandbox/sandbox';
import { generateLogs } from '../sandbox/tenant/generate-logs';
import { requiredSettings } from './settings';

const STEP_MS = 4_000;
const FIRST_LOGS = 3_000;
const USERS = 600;
/** One day, as Auth0 keeps the logs of a free tenant. */
const RETAINED = (24 * 60 * 60 * 1000) / STEP_MS;
/** More than will ever be made: logs exist only when they are asked for. */
const ENDLESS = 1_000_000_000;

const world = v.object({
  /** Milliseconds since 1970 of its first log. */
  since: v.number(),
});

/** A sandbox whose logs go on from one start to the next, as if it had never been stopped. */
export interface SandboxWorld {
  sandbox: Sandbox;
  /** Whether it is there for the first time. */
  isNew: boolean;
  logs: number;
  users: number;
  close(): Promise<void>;
}

/**
 * Opens the sandbox that belongs to a folder: a tenant in which somebody signs up, logs in or fails to every
 * few seconds.
 *
 * @param folder where it is remembered when it began
 */
async function openSandboxWorld(folder: string, now: () => number): Promise<SandboxWorld> {
  const file = await openJsonFile(
    join(folder, 'sandbox.json'),
    (data) => v.parse(world, data),
    'It says when the sandbox began: remove it to begin a new one.',
  );
  const since = file.opened?.since ?? now() - FIRST_LOGS * STEP_MS;
  if (!file.opened) await file.write({ since });
  const due = () => Math.max(FIRST_LOGS, Math.floor((now() - since) / STEP_MS));
  const logsOf = (count: number) => generateLogs({ count, users: USERS, start: since, stepMs: STEP_MS });
  const all = logsOf(ENDLESS);
  let count = due();
  const sandbox = await startSandbox({
    tenant: { logs: logsOf(count), tokenLogs: true, retainFrom: Math.max(0, count - RETAINED) },
    segment: { keep: 'ids' },
  });
  const logs = Math.min(count, RETAINED);
  const timer = setInterval(() => {
    for (; count < due(); count += 1) sandbox.tenant.addLog(all.at(count));
    if (count > RETAINED) sandbox.tenant.expireBefore(all.idAt(count - RETAINED));
  }, STEP_MS);
  return {
    sandbox,
    isNew: file.opened === undefined,
    logs,
    users: USERS,
    close: async () => {
      clearInterval(timer);
      await sandbox.close();
    },
  };
}

/** The bundle lies beside the folder that this file is built into. */
const bundle = fileURLToPath(new URL('../bundle.js', import.meta.url));

/** What a host is opened with. */
interface OpenHostOptions {
  dataDir: string;
  overrides: Readonly<Record<string, string>>;
  /** Whether a sandbox may stand in where no tenant is known. */
  maySandbox: boolean;
  /** What is being done, for a second process that wants the same folder. */
  command: string;
  clock: Clock;
  baseUrl: () => string;
  onEnd: (execution: Execution) => void;
  onTrouble: (message: string) => void;
  /** Fires when the process is asked to stop, also while the host opens: it begins no run any more then. */
  stop: AbortSignal;
}

/** A host, with all that it holds. */
interface OpenHost {
  host: Host;
  /** Where everything is kept. */
  folder: string;
  lock: FolderLock;
  /** Set where no tenant is known, and the sandbox stands in. */
  world: SandboxWorld | undefined;
  /** Stops the host within ten seconds, and gives its folder free. */
  close(): Promise<void>;
}

/**
 * Opens the host on the folder of the tenant that is known, from outside or from an earlier installation, or
 * else on a sandbox, which has a folder of its own.
 *
 * @throws {HostError} when the folder is in use, cannot be written, or is damaged
 */
export async function openHost(options: OpenHostOptions): Promise<OpenHost> {
  const { dataDir, overrides, maySandbox, command, clock, stop } = options;
  const isKnown =
    requiredSettings.some((name) => overrides[name]) || existsSync(join(dataDir, 'extension.json'));
  const isSandbox = maySandbox && !isKnown;
  const folder = await prepareFolder(isSandbox ? join(dataDir, 'sandbox') : dataDir);
  const since = new Date(clock.now()).toISOString();
  const lock = await takeFolderLock(folder, { pid: process.pid, since, command });
  try {
    await sweepFolder(folder);
    const world = isSandbox ? await openSandboxWorld(folder, () => clock.now()) : undefined;
    const secrets = world?.sandbox.secrets() ?? {};
    const { AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET, SEGMENT_ENDPOINT } = secrets;
    const tenant = { AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET, SEGMENT_ENDPOINT };
    const known = Object.fromEntries(
      Object.entries(tenant).flatMap(([name, value]) => (value ? [[name, value]] : [])),
    );
    const host = await startHost({ ...options, folder, bundle, overrides: { ...overrides, ...known } });
    const stopHost = () => {
      host.stop().catch((error: unknown) => options.onTrouble(`The host could not be stopped: ${error}`));
    };
    if (stop.aborted) stopHost();
    else stop.addEventListener('abort', stopHost, { once: true });
    return {
      host,
      folder,
      lock,
      world,
      close: async () => {
        await host.stop();
        await world?.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
