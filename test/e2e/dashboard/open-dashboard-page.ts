import type { BrowserContextOptions, Page } from 'playwright-core';
import { openBrowserContext } from '../../browser/chromium';
import { type CommandOptions, startCommand } from '../../server/cli/run-in-process';
import type { RunningCommand } from '../../server/cli/running-command';

/** A page of the Dashboard in a browser context of its own. */
export interface BrowserPage {
  page: Page;
  /** Errors of the page and of its console. */
  complaints: string[];
}

/** The Dashboard that the command `start` serves, in a browser. */
export interface DashboardPage extends BrowserPage {
  running: RunningCommand;
  url: string;
}

export interface DashboardPageOptions extends CommandOptions {
  /** Selector that matches once the page is there; by default that of the Dashboard with its data. */
  waitFor?: string;
  browser?: BrowserContextOptions;
}

/** Opens an address in a browser context of its own, and waits until the Dashboard shows its data. */
export async function openInBrowser(
  url: string,
  { waitFor = 'main[aria-busy=false]', ...context }: BrowserContextOptions & { waitFor?: string } = {},
): Promise<BrowserPage> {
  const page = await (await openBrowserContext(context)).newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(url);
  await page.waitForSelector(waitFor);
  return { page, complaints };
}

/** Runs `start` in this process and opens its Dashboard in Chromium; both end with the test. */
export async function openDashboardPage(
  args: string[],
  { waitFor, browser, ...options }: DashboardPageOptions = {},
): Promise<DashboardPage> {
  const running = await startCommand(['start', ...args], options);
  const [, url = ''] = await running.prints(/Dashboard +(http:\S+)/);
  return { running, url, ...(await openInBrowser(url, { ...browser, ...(waitFor && { waitFor }) })) };
}
