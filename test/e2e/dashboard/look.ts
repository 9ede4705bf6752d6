import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { takePicture } from '../../support/pictures';
import { findViolations } from '../page/find-violations';

const LOOKS = {
  light: { colorScheme: 'light', width: 1280 },
  dark: { colorScheme: 'dark', width: 1280 },
  phone: { colorScheme: 'light', width: 360 },
} as const;

/**
 * Looks at the Dashboard as it is now, in light, in dark and at a phone's width: nothing that keeps anybody
 * from using it, nothing wider than the window. With SCREENSHOTS=1 pictures are taken.
 *
 * @param state names the pictures: `dashboard-STATE-LOOK.png`
 */
export async function look(page: Page, state: string): Promise<void> {
  for (const [name, { colorScheme, width }] of Object.entries(LOOKS)) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 860 });
    expect(await findViolations(page)).toEqual([]);
    const tooWide: number = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect([state, name, tooWide]).toEqual([state, name, 0]);
    await takePicture(page, `dashboard-${state}-${name}`);
  }
  await page.setViewportSize({ width: 1280, height: 860 });
}
