import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** Where the keyboard's focus is. */
interface Stop {
  /** Place among the elements of the document; -1 where nothing has the focus. */
  place: number;
  /** What is wrong there, in words; empty where nothing is. */
  fault: string;
}

/** What is on top: nothing beside a dialog that is open can be used. */
const TOP = "([...document.querySelectorAll('dialog:modal')].at(-1) ?? document.body)";

/**
 * Runs in the page: what has the focus can be seen, all of it that fits, and it shows that it has the focus. What sticks to
 * an edge may hide it.
 */
const STOP = `(() => {
  const one = document.activeElement;
  if (!one || one === document.body) return { place: -1, fault: '' };
  const { left, right, top, bottom, height } = one.getBoundingClientRect();
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  const isShownAt = (y) => {
    const there = document.elementFromPoint((Math.max(left, 0) + Math.min(right, innerWidth)) / 2, y);
    return there !== null && [one, ...(one.labels ?? [])].some((part) => part.contains(there));
  };
  const edge = Math.min(4, height / 2);
  const isLarge = height > innerHeight / 2;
  const what = one.outerHTML.slice(0, 120);
  return {
    place: [...document.querySelectorAll('*')].indexOf(one),
    fault:
      outlineStyle === 'none' || parseFloat(outlineWidth) < 1 ? 'does not show its focus: ' + what
      : left < 0 || right > innerWidth ? 'is wider than the window: ' + what
      : !isLarge && !(isShownAt(top + edge) && isShownAt(bottom - edge)) ? 'is hidden when it has the focus: ' + what
      : '',
  };
})()`;

/** Runs in the page: the places of everything that can be used, with its beginning. */
const USABLE = `(() => {
  const all = [...document.querySelectorAll('*')];
  return [...${TOP}.querySelectorAll('a[href], button, input, select, summary, textarea, [tabindex="0"]')]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled)
    // Of alternatives the chosen one, from which the arrow keys lead to the others.
    .filter((one) => one.type !== 'radio' || one.checked)
    .map((one) => [all.indexOf(one), one.outerHTML.slice(0, 120)]);
})()`;

/** Runs in the page: what looks as if it could be clicked, and takes no key. */
const MOUSE_ONLY = `[...${TOP}.querySelectorAll('*')]
  .filter((one) => getComputedStyle(one).cursor === 'pointer')
  .filter((one) => !one.closest('a[href], button, input, select, summary, label'))
  .map((one) => 'is for the mouse alone: ' + one.outerHTML.slice(0, 120))`;

/** More than any page has. */
const MOST_STOPS = 300;

/**
 * Presses Tab until it has led all the way round, and returns what is wrong on the way: what cannot be reached, in the order in
 * which it is read, what is hidden below something else while it has the focus, and what does not show it.
 */
export async function walkByTab(page: Page): Promise<string[]> {
  const stops: Stop[] = [];
  const isSeen = new Set<number>();
  for (let press = 0; press < MOST_STOPS; press += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate<Stop>(STOP);
    // A field for a date has several stops of its own.
    if (stop.place === stops.at(-1)?.place) continue;
    if (isSeen.has(stop.place)) break;
    isSeen.add(stop.place);
    stops.push(stop);
  }
  const places = stops.map(({ place }) => place).filter((place) => place >= 0);
  const backwards = places.filter((place, index) => place < (places[index - 1] ?? -1)).length;
  const usable = await page.evaluate<[number, string][]>(USABLE);
  return [
    ...stops.flatMap(({ fault }) => (fault === '' ? [] : [fault])),
    ...usable.filter(([place]) => !isSeen.has(place)).map(([, what]) => `is not reached: ${what}`),
    // Once, where it begins anew.
    ...(backwards > 1 ? [`leads back ${backwards} times`] : []),
    ...(await page.evaluate<string[]>(MOUSE_ONLY)),
  ];
}

/**
 * What is wider than the window or than what it stands in, without being meant to scroll or to be cut. An open run reaches to
 * the edge of its card, which is further than its table.
 */
const overflowing = (page: Page): Promise<string[]> =>
  page.evaluate(`[document.documentElement, ...${TOP}.querySelectorAll('*')]
    .filter((one) => !one.closest('.live, .uplot, svg, .visually-hidden') && !one.matches('.runs') && one.clientWidth > 0)
    .filter((one) => {
      const { overflowX, display } = getComputedStyle(one);
      return overflowX === 'visible' && display !== 'inline' && one.scrollWidth > one.clientWidth + 1;
    })
    .map((one) => innerWidth + ': ' + one.scrollWidth + ' > ' + one.clientWidth + ' ' + one.outerHTML.slice(0, 100))`);

/** Waits until nothing is wider than what it is in. The chart follows the width of the window a frame later. */
export const expectNoOverflow = (page: Page): Promise<void> =>
  expect.poll(() => overflowing(page)).toEqual([]);
