import type { BrowserContextOptions, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import {
  type AuthorizationSandbox,
  type SandboxAdministrator,
  startAuthorization,
} from '../../../server/sandbox/authorization';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../server/sandbox/sandbox';
import { openBrowserContext } from '../../browser/chromium';
import { type RunningWebtask, startWebtask, type WebtaskOptions } from '../../support/start-webtask';

/** The installed extension, its world, and a browser in front of it. */
export interface OpenPage {
  sandbox: Sandbox;
  authorization: AuthorizationSandbox;
  webtask: RunningWebtask;
  page: Page;
  /** The extension's own address. */
  address: string;
  /** Signs in by opening the extension as the Dashboard does, and waits until the page has its data. */
  signIn(): Promise<void>;
}

/** What is opened. */
export interface OpenPageOptions extends Omit<WebtaskOptions, 'secrets'> {
  sandbox?: SandboxOptions;
  secrets?: Record<string, string>;
  browser?: BrowserContextOptions;
  /** Who signs in. */
  administrator?: SandboxAdministrator;
  /** Where the webtask is mounted below its host, as `mount` says it. */
  path?: string;
}

/** Opens the bundle in webtask-runtime with the sandbox behind it; all of it is closed when the test ends. */
export async function openPage(options: OpenPageOptions = {}): Promise<OpenPage> {
  const { sandbox: sandboxOptions, browser, administrator, path = '', secrets, ...webtaskOptions } = options;
  const [sandbox, authorization] = await Promise.all([
    startSandbox(sandboxOptions),
    startAuthorization(administrator ? { administrator } : {}),
  ]);
  const webtask = await startWebtask({
    ...webtaskOptions,
    secrets: { ...sandbox.secrets(), AUTH0_RTA: authorization.rta, ...secrets },
  });
  const address = webtask.url + path;
  // Where the webtask listens is known when it does.
  webtask.secrets.WT_URL ??= address;
  const context = await openBrowserContext({ timezoneId: 'Europe/Berlin', ...browser });
  const page = await context.newPage();
  onTestFinished(async () => {
    await Promise.all([webtask.close(), sandbox.close(), authorization.close()]);
  });
  return {
    sandbox,
    authorization,
    webtask,
    page,
    address,
    signIn: async () => {
      await page.goto(`${address}/login`);
      await page.waitForSelector('main[aria-busy=false]');
    },
  };
}
