import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { documents } from '../support/pictures';

const root = fileURLToPath(new URL('../..', import.meta.url));
const glossary = await readFile(`${root}docs/glossary.md`, 'utf8');

/** What the first column of the table under a heading lists. */
function listed(heading: string): string[] {
  const [, text = ''] = glossary.split(`\n## ${heading}\n`);
  const lines = (text.split('\n## ')[0] ?? '').split('\n');
  return lines.flatMap((line) => /^\| `([^`]+)` \|/.exec(line)?.[1] ?? []);
}

async function read(paths: readonly string[]): Promise<Map<string, string>> {
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(root + path, 'utf8')] as const)),
  );
}

const code = async (folder: string) =>
  (await readdir(root + folder, { recursive: true }))
    .filter((path) => /\.tsx?$/.test(path) && !/(^|\/)node_modules\//.test(path))
    .map((path) => `${folder}/${path}`);

const sources = await read([...(await code('src')), ...(await code('server'))]);
const tests = await read(await code('test'));
// The changelog tells of what was, and these two tell what not to say.
const prose = await read((await documents()).filter((path) => !/(^CHANGELOG|glossary)\.md$/.test(path)));

/** What is said in code: its strings, templates and text between tags, without comments. */
function wordsOf(text: string): string {
  const bare = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/ .*$/gm, '$1');
  const strings = bare.match(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`|>[^<>{};=]+</g);
  return (strings ?? []).join('\n');
}

/** The titles of a file's tests. */
const titlesOf = (text: string): string =>
  [
    ...text.matchAll(
      /\b(?:test|it|describe)(?:\.\w+)?(?:\([^'"`\n]*\))?\(\s*('(?:[^'\\\n]|\\.)*'|"[^"\n]*"|`[^`]*`)/g,
    ),
  ]
    .map(([, title]) => title)
    .join('\n');

const asPattern = (phrase: string) =>
  new RegExp(
    `(?<![\\w-])${phrase.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ /g, '\\s+')}(?![\\w-])`,
    'i',
  );

test.each(listed('Avoided identifiers'))('the code does not say %s', (identifier) => {
  const pattern = new RegExp(`(?<![\\w$])${identifier}(?![\\w$])`);
  const found = [...sources, ...tests].filter(([, text]) =>
    pattern.test(text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/ .*$/gm, '$1')),
  );
  expect(found.map(([path]) => path)).toEqual([]);
});

test('what is to be said instead of an avoided identifier is what the code says', () => {
  const [, text = ''] = glossary.split('\n## Avoided identifiers\n');
  const instead = [...(text.split('\n## ')[0] ?? '').matchAll(/^\| `\w+` \| `(\w+)` \|$/gm)].map(
    ([, name = '']) => name,
  );
  expect(instead.length).toBeGreaterThan(30);
  const code = [...sources.values(), ...tests.values()].join('\n');
  expect(instead.filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([]);
});

test.each(listed('Avoided phrases'))('nothing that people read says “%s”', (phrase) => {
  const pattern = asPattern(phrase);
  const said = [
    ...[...sources].map(([path, text]) => [path, wordsOf(text)] as const),
    ...[...tests].map(([path, text]) => [path, titlesOf(text)] as const),
    ...prose,
  ];
  expect(said.filter(([, text]) => pattern.test(text)).map(([path]) => path)).toEqual([]);
});

test('the tables are read', () => {
  expect(listed('Avoided identifiers').length).toBeGreaterThan(30);
  expect(listed('Avoided phrases').length).toBeGreaterThan(10);
  expect([...tests.values()].map(titlesOf).join('\n')).toContain('the tables are read');
});

test('the terms are in order, each with a meaning and a place', () => {
  const [, terms = ''] = glossary.split('\n## Terms\n');
  const rows = (terms.split('\n## ')[0] ?? '').split('\n').filter((line) => /^\| (?!term|---)/.test(line));
  expect(rows.length).toBeGreaterThan(20);
  const cells = rows.map((row) => row.split(' | '));
  expect(cells.filter((row) => row.length !== 3)).toEqual([]);
});
