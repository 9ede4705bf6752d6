import { onTestFinished as onCurrentTestFinished } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../server/sandbox/sandbox';
import { assertNoSecrets } from './assert-no-secrets';
import { type RunningWebtask, startWebtask, type WebtaskOptions } from './start-webtask';

/** A tenant, Segment and Slack, and the built extension installed there. */
export interface OpenExport {
  sandbox: Sandbox;
  webtask: RunningWebtask;
}

/**
 * Starts a sandbox and the built bundle in webtask-runtime on it; both end with the test, and what was stored
 * and posted until then must hold none of the secrets.
 *
 * @param options settings in `secrets` come on top of those of the sandbox
 * @param onTestFinished that of the test's own context, where tests run side by side
 */
export async function openExport(
  {
    sandbox: sandboxOptions,
    secrets,
    ...webtaskOptions
  }: Omit<WebtaskOptions, 'secrets'> & {
    sandbox?: SandboxOptions;
    secrets?: Record<string, string>;
  },
  onTestFinished: (close: () => Promise<void>) => void = onCurrentTestFinished,
): Promise<OpenExport> {
  const sandbox = await startSandbox(sandboxOptions);
  onTestFinished(() => sandbox.close());
  const webtask = await startWebtask({ ...webtaskOptions, secrets: { ...sandbox.secrets(), ...secrets } });
  onTestFinished(async () => {
    await webtask.close();
    assertNoSecrets('the stored document', webtask.state());
    assertNoSecrets('a Slack message', sandbox.slack.messages);
    assertNoSecrets('an answer', webtask.answers);
  });
  return { sandbox, webtask };
}
