import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  impact: string | null;
  nodes: { html: string; failureSummary: string }[];
}

const RULES = {
  all: {},
  contrast: { runOnly: ['color-contrast'] },
  'all but contrast': { rules: { 'color-contrast': { enabled: false } } },
} as const;

/**
 * Returns what axe-core finds serious or critical on a page as it is now; in a dialog if one is open, which hides the rest.
 *
 * @param rules `contrast` is all that can differ between light and dark; it takes longer than the other rules together
 * @returns one line for each element
 */
export async function findViolations(page: Page, rules: keyof typeof RULES = 'all'): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(await axe);
  const options = JSON.stringify({
    resultTypes: ['violations'],
    // The style is in the page: there is nothing to fetch.
    preload: false,
    ...RULES[rules],
  });
  const violations = await page.evaluate<Violation[]>(
    `axe.run([...document.querySelectorAll('dialog:modal')].at(-1) ?? document, ${options}).then((result) => result.violations)`,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}
