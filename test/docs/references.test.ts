import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { documents } from '../support/pictures';

const root = fileURLToPath(new URL('../..', import.meta.url));
const texts = await Promise.all(
  (await documents()).map(async (path) => [path, await readFile(root + path, 'utf8')] as const),
);

test('each link between documents leads to a file', () => {
  const links = texts.flatMap(([path, text]) =>
    [...text.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map(([, link = '']) =>
      posix.join(posix.dirname(path), link),
    ),
  );
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter((link) => !existsSync(root + link))).toEqual([]);
});

test('each link within a document leads to a heading', () => {
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replace(/ /g, '-');
  for (const [path, text] of texts) {
    const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slug(heading));
    const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, link]) => link);
    expect([path, links.filter((link) => link && !headings.includes(link))]).toEqual([path, []]);
  }
});

test('each file of the code that a document names is there', () => {
  // The changelog names what was there at its time.
  const named = texts
    .filter(([path]) => path !== 'CHANGELOG.md')
    .flatMap(([path, text]) =>
      [...text.matchAll(/`((?:src|server|test|build|deploy|docs)\/[\w./-]+)`/g)].map(([, file = '']) => ({
        path,
        file,
      })),
    );
  expect(named.length).toBeGreaterThan(30);
  const isMadeByTheBuild = (file: string) => file.startsWith('build/out/');
  expect(named.filter(({ file }) => !isMadeByTheBuild(file) && !existsSync(root + file))).toEqual([]);
});

test('the list of decisions names each of them by its title', () => {
  const list = texts.find(([path]) => path === 'docs/adr/README.md')?.[1] ?? '';
  const decisions = texts.filter(([path]) => /^docs\/adr\/\d{4}-/.test(path));
  expect(decisions.length).toBeGreaterThan(5);
  for (const [path, text] of decisions) {
    const [, number, title] = /^# (\d+)\. (.+)\n/.exec(text) ?? [];
    expect(posix.basename(path)).toMatch(new RegExp(`^0*${number}-`));
    expect(list).toContain(`| ${number} | [${title}](${posix.basename(path)}) |`);
  }
});
