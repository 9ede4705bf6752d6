import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { takePicture } from '../../support/pictures';
import { findViolations } from '../page/find-violations';
import { LOOKS } from '../page/for-each-viewport';
import { expectNoOverflow, walkByTab } from '../page/reach';

/** The narrowest phone, in pixels. */
const NARROWEST = 360;

/**
 * Looks at the Dashboard as it is now, in light, in dark and at a phone's width: nothing that keeps anybody
 * from using it, nothing wider than the window. With SCREENSHOTS=1 pictures are taken.
 *
 * @param state names the pictures: `dashboard-STATE-LOOK.png`
 */
export async function look(page: Page, state: string): Promise<void> {
  for (const [name, { colorScheme, width, rules }] of Object.entries(LOOKS)) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width: name === 'phone' ? NARROWEST : width, height: 860 });
    expect(await findViolations(page, rules)).toEqual([]);
    const tooWide = () =>
      page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    // The chart follows the width of the window a frame later.
    await expect.poll(async () => [state, name, await tooWide()]).toEqual([state, name, 0]);
    await takePicture(page, `dashboard-${state}-${name}`);
  }
  await page.setViewportSize({ width: 1280, height: 860 });
}

/**
 * Examines what is on top, a page or a dialog: on a phone that nothing is cut off and axe-core finds nothing serious; at 200 %
 * in the dark, which is a window of half the size, the same, and that the Tab key leads everywhere. With SCREENSHOTS=1
 * pictures are taken.
 */
export async function examine(page: Page, state: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoOverflow(page);
  const faults = [...(await findViolations(page))];
  await takePicture(page, `dashboard-${state}-390`);
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 640, height: 400 });
  await expectNoOverflow(page);
  faults.push(...(await findViolations(page, 'contrast')), ...(await walkByTab(page)));
  await takePicture(page, `dashboard-${state}-zoom`);
  expect(faults.map((fault) => `${state} ${fault}`)).toEqual([]);
  await page.setViewportSize({ width: 1280, height: 860 });
}
