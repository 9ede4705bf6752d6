import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { takePicture } from '../../support/pictures';
import { findViolations } from './find-violations';

/** Colours, width in pixels, and the rules of axe-core that can find there what the looks before did not show. */
export const LOOKS = {
  light: { colorScheme: 'light', width: 1280, rules: 'all' },
  dark: { colorScheme: 'dark', width: 1280, rules: 'contrast' },
  phone: { colorScheme: 'light', width: 390, rules: 'all but contrast' },
} as const;

/** Pixels: what comes further down is the same in all pictures. */
const HIGHEST = 1_500;

/**
 * Shows the page in light, in dark and at a phone's width, calls `look` for each, and expects axe-core to find nothing. With
 * SCREENSHOTS=1 it takes pictures.
 *
 * @param state names the pictures: `page-STATE-LOOK.png`
 */
export async function forEachViewport(page: Page, state: string, look: () => Promise<void>): Promise<void> {
  for (const [name, { colorScheme, width, rules }] of Object.entries(LOOKS)) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 800 });
    await look();
    expect(await findViolations(page, rules)).toEqual([]);
    const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
    await takePicture(page, `page-${state}-${name}`, {
      fullPage: true,
      clip: { x: 0, y: 0, width, height: Math.min(height, HIGHEST) },
    });
  }
}
