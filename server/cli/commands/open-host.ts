import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../../src/time/clock';
import type { Execution } from '../../host/executions/execution';
import { prepareFolder } from '../../host/folder/prepare-folder';
import { sweepFolder } from '../../host/folder/sweep-folder';
import { type FolderLock, takeFolderLock } from '../../host/folder/take-folder-lock';
import type { Host } from '../../host/host';
import { startHost } from '../../host/start-host';
import { requiredSettings } from '../options/required-settings';
import { openSandboxWorld, type SandboxWorld } from '../sandbox/open-sandbox-world';

/** The bundle lies beside the folder that this file is built into. */
const bundle = fileURLToPath(new URL('../bundle.js', import.meta.url));

/** What a host is opened with. */
export interface OpenHostOptions {
  dataDir: string;
  given: Readonly<Record<string, string>>;
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
export interface OpenHost {
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
  const { dataDir, given, maySandbox, command, clock, stop } = options;
  const isKnown = requiredSettings.some((name) => given[name]) || existsSync(join(dataDir, 'extension.json'));
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
    const host = await startHost({ ...options, folder, bundle, given: { ...given, ...known } });
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
