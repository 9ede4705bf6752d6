import { onTestFinished } from 'vitest';
import { type HostOptions, type OpenHost, openHost } from '../../../server/runs/host';
import type { FinishedRun } from '../../../server/runs/runner';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../server/sandbox/sandbox';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { systemClock } from '../../../src/time';
import { temporaryFolder } from '../../support/temporary-folder';

/** A host on a folder of its own. */
export interface TestHost {
  host: OpenHost;
  folder: string;
  /** Runs that have ended. */
  ended: FinishedRun[];
  /** What it was told between runs. */
  troubles: string[];
  stop: AbortController;
}

/** Opens a host, which is closed when the test ends. What it does on its own is what the options say. */
export async function openTestHost(options: Partial<HostOptions> = {}): Promise<TestHost> {
  const folder = options.folder ?? (await temporaryFolder());
  const ended: FinishedRun[] = [];
  const troubles: string[] = [];
  const stop = new AbortController();
  const host = await openHost({
    folder,
    given: { tenant: 'default', settings: {}, schedule: undefined, timeZone: undefined },
    encryption: { key: '', keyFile: '' },
    tenantsFile: '',
    importsFormer: true,
    timeZone: 'UTC',
    env: {},
    maxConcurrentRuns: 8,
    historyDays: 90,
    triggerIntervalMs: 5_000,
    keepsLastEvents: () => false,
    clock: systemClock,
    stop: stop.signal,
    onEnd: (finished) => ended.push(finished),
    onTrouble: (message) => troubles.push(message),
    ...options,
  });
  onTestFinished(() => host.close());
  return { host, folder, ended, troubles, stop };
}

/** Opens a sandbox, which is closed when the test ends, with the settings of a tenant that is exported from it. */
export async function openTestTenant(
  options: SandboxOptions = { tenant: { logs: generateLogs({ count: 30, users: 10 }) } },
): Promise<{ sandbox: Sandbox; settings: Record<string, string> }> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  const { EXTENSION_SECRET: _, ...settings } = sandbox.secrets();
  return { sandbox, settings };
}
