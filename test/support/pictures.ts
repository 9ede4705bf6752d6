import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page, PageScreenshotOptions } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Where pictures are taken to; not part of the repository. */
const taken = join(root, 'build/out/pictures');
/** Where those stay that a document shows. */
export const kept = join(root, 'docs/pictures');

/** The documents that people read, as paths from the repository's root: what lies there and in docs. */
export async function documents(): Promise<string[]> {
  const atRoot = (await readdir(root)).filter((name) => name.endsWith('.md'));
  const inDocs = (await readdir(join(root, 'docs'), { recursive: true })).filter((name) =>
    name.endsWith('.md'),
  );
  return [...atRoot, ...inDocs.map((name) => `docs/${name}`)];
}

/** The names of the pictures that the documents show, each once, without `.png`. */
export async function shownPictures(): Promise<string[]> {
  const texts = await Promise.all((await documents()).map((path) => readFile(join(root, path), 'utf8')));
  const names = texts.flatMap((text) =>
    [...text.matchAll(/!\[[^\]]*\]\((?:docs\/|\.\.?\/)*pictures\/([\w-]+)\.png\)/g)].map(
      ([, name]) => name ?? '',
    ),
  );
  return [...new Set(names)].sort();
}

/**
 * With SCREENSHOTS=1, takes a picture of the page into `build/out/pictures`; one that a document shows is copied
 * into `docs/pictures`. Does nothing otherwise.
 *
 * @param name of the file, without `.png`
 */
export async function takePicture(page: Page, name: string, options?: PageScreenshotOptions): Promise<void> {
  if (process.env.SCREENSHOTS !== '1') return;
  await mkdir(taken, { recursive: true });
  const path = join(taken, `${name}.png`);
  await page.screenshot({ ...options, path });
  if (!(await shownPictures()).includes(name)) return;
  await mkdir(kept, { recursive: true });
  await copyFile(path, join(kept, `${name}.png`));
}
