import { onTestFinished } from 'vitest';
import type { Execution } from '../../../server/runs/executions';
import { type Host, startHost } from '../../../server/runs/host';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../server/sandbox/sandbox';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { firstInstallation } from '../../../server/tenants/tenants';
import { type Clock, systemClock } from '../../../src/time';
import { bundlePath } from './bundle-path';
import { temporaryFolder } from './temporary-folder';

/** A host on a sandbox of its own. */
export interface TestHost {
  host: Host;
  sandbox: Sandbox;
  folder: string;
  /** Executions that have ended. */
  ended: Execution[];
}

/** What the host is opened with. */
export interface TestHostOptions {
  sandbox?: SandboxOptions;
  /** Settings that come from outside; by default the sandbox's tenant and Segment's address. */
  overrides?: Record<string, string>;
  /** Whether the extension is installed already, with the sandbox's write key and webhook. */
  isInstalled?: boolean;
  clock?: Clock;
  folder?: string;
}

/** Opens a host with the built bundle on a sandbox; both are closed when the test ends. */
export async function openTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const folder = options.folder ?? (await temporaryFolder());
  const sandbox = await startSandbox(
    options.sandbox ?? { tenant: { logs: generateLogs({ count: 300, users: 50 }) } },
  );
  const { EXTENSION_SECRET, SEGMENT_KEY = '', SLACK_INCOMING_WEBHOOK = '', ...tenant } = sandbox.secrets();
  const ended: Execution[] = [];
  const host = await startHost({
    folder,
    bundle: bundlePath,
    overrides: options.overrides ?? tenant,
    clock: options.clock ?? systemClock,
    baseUrl: () => 'http://localhost/auth0-logs-to-segment',
    onEnd: (execution) => ended.push(execution),
    onTrouble: (message) => {
      throw new Error(message);
    },
  });
  onTestFinished(async () => {
    await host.stop();
    await sandbox.close();
  });
  if (options.isInstalled ?? true) {
    const settings = { SEGMENT_KEY, SLACK_INCOMING_WEBHOOK };
    await host.update(
      (installed) => installed ?? firstInstallation(settings, { timeZone: 'UTC' }, host.now()),
    );
  }
  return { host, sandbox, folder, ended };
}
