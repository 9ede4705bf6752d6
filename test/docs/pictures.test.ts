import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { kept, shownPictures } from '../support/pictures';

test('the repository holds the pictures that its documents show, and no other', async () => {
  const held = (await readdir(kept)).map((name) => name.replace(/\.png$/, '')).sort();
  expect(held).toEqual(await shownPictures());
  expect(held.length).toBeGreaterThan(0);
});
