import { onTestFinished } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../server/sandbox/sandbox';
import type { Webtask } from '../../src/webtask';
import { assertNoSecrets } from './assert-no-secrets';
import { bundlePath } from './bundle-path';
import { callWebtask, loadWebtask } from './call-webtask';
import { type PlatformStorage, platformStorage } from './platform-storage';
import { silentConsole } from './silent-console';
import { type CronResult, cronJob } from './start-webtask';
import type { StoredDocument } from './stored-document';
import { createVirtualTime, type VirtualTime } from './virtual-time';

const TOKEN = 'webtask-token-8c1f0e6a2b';
const time = createVirtualTime();
let loading: Promise<Webtask> | undefined;

/** The extension in this process, with a tenant, Segment and Slack, in a time that passes without waiting. */
export interface VirtualExport {
  sandbox: Sandbox;
  clock: VirtualTime['clock'];
  storage: PlatformStorage;
  webtask: {
    token: string;
    /** Settings. A change applies from the next run on. */
    secrets: Record<string, string>;
    /** Texts of all answers so far. */
    answers: readonly string[];
    /** Triggers an execution as the platform does. */
    cron(): Promise<CronResult>;
    state(): StoredDocument;
  };
}

/**
 * Opens the built bundle and a sandbox in a time of their own: a run whose peers don't answer ends at once, as late on
 * its own clock as it would at the platform. At the end, nothing that was stored, answered or posted may hold a secret.
 *
 * @param options secrets come on top of the sandbox's; state is what is stored before
 */
export async function openVirtualExport(
  options: { sandbox?: SandboxOptions; secrets?: Record<string, string>; state?: unknown } = {},
): Promise<VirtualExport> {
  loading ??= loadWebtask(bundlePath, silentConsole, time);
  const webtask = await loading;
  const sandbox = await startSandbox({ ...options.sandbox, clock: time.peerClock });
  const storage = platformStorage(options.state);
  const secrets = { ...sandbox.secrets(), ...options.secrets };
  const answers: string[] = [];
  const state = () => (storage.document() ?? {}) as StoredDocument;
  onTestFinished(async () => {
    await sandbox.close();
    assertNoSecrets('the stored document', state());
    assertNoSecrets('a Slack message', sandbox.slack.messages);
    assertNoSecrets('an answer', answers);
  });
  return {
    sandbox,
    clock: time.clock,
    storage,
    webtask: {
      token: TOKEN,
      secrets,
      answers,
      cron: async () => {
        const { statusCode, body } = await callWebtask(
          webtask,
          { secrets, storage: storage.handle(), token: TOKEN },
          { method: 'POST', path: '/', headers: { authorization: `Bearer ${TOKEN}` }, body: cronJob },
          { container: 'container', url_format: 3 },
        );
        answers.push(body);
        return { statusCode, body: JSON.parse(body) };
      },
      state,
    },
  };
}
