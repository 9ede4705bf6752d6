import type { Page } from 'playwright-core';
import { takePicture } from '../../support/pictures';

/** How the page is looked at. */
const LOOKS = {
  light: { colorScheme: 'light', width: 1280 },
  dark: { colorScheme: 'dark', width: 1280 },
  phone: { colorScheme: 'light', width: 390 },
} as const;

/** Pixels: what comes further down is the same in all pictures. */
const HIGHEST = 1_500;

/**
 * Shows the page in light, in dark and at a phone's width, and has each looked at. With SCREENSHOTS=1
 * pictures are taken.
 *
 * @param state names the pictures: `page-STATE-LOOK.png`
 */
export async function forEachViewport(page: Page, state: string, look: () => Promise<void>): Promise<void> {
  for (const [name, { colorScheme, width }] of Object.entries(LOOKS)) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 800 });
    await look();
    const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
    await takePicture(page, `page-${state}-${name}`, {
      fullPage: true,
      clip: { x: 0, y: 0, width, height: Math.min(height, HIGHEST) },
    });
  }
}
