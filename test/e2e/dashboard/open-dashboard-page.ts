import type { Page } from 'playwright-core';
import { openBrowserContext } from '../../browser/chromium';
import { type ProcessOptions, type RunningProcess, startProcess } from '../../server/cli/start-process';

/** The Dashboard of a process, in a browser. */
export interface DashboardPage {
  running: RunningProcess;
  url: string;
  page: Page;
  /** What the page has complained about. */
  complaints: string[];
}

/** What is opened. */
export interface DashboardPageOptions extends ProcessOptions {
  /** Selector of what shows that the page is there; by default the Dashboard with its data. */
  waitFor?: string;
}

/** Starts the host as a process and opens its Dashboard in Chromium; both end with the test. */
export async function openDashboardPage(
  args: string[],
  options: DashboardPageOptions = {},
): Promise<DashboardPage> {
  const running = await startProcess(['start', ...args], options);
  const [, url = ''] = await running.says(/Dashboard +(http:\S+)/);
  const page = await (await openBrowserContext()).newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(url);
  await page.waitForSelector(options.waitFor ?? 'main[aria-busy=false]');
  return { running, url, page, complaints };
}
