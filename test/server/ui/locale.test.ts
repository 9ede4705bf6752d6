import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readerLocale } from '../../../server/ui/locale';

describe('readerLocale', () => {
  test.each([
    [['de-AT', 'en'], 'de-AT'],
    [['en-US@posix'], 'en-US'],
    [['de_DE.UTF-8'], 'de-DE'],
    [['C', 'fr'], 'fr'],
    [['not a language', ''], 'en'],
    [['x'.repeat(10_000)], 'en'],
    [[], 'en'],
  ])('of a browser with the languages %j is %s', (languages, locale) => {
    expect(readerLocale(languages)).toBe(locale);
    expect(() => new Intl.NumberFormat(readerLocale(languages))).not.toThrow();
  });
});

test('the pages leave no locale or time zone to the default of the browser', async () => {
  const root = fileURLToPath(new URL('../../../server/', import.meta.url));
  const files = (await readdir(root, { recursive: true })).filter((name) =>
    /^(ui|\w+\/page)\/.*\.tsx?$/.test(name),
  );
  expect(files.length).toBeGreaterThan(30);
  const usesDefault =
    /toLocale\w*String\((undefined|\))|Intl\.\w+Format\(\s*(undefined|\)|\{)|navigator\.language/;
  const texts = await Promise.all(files.map((name) => readFile(join(root, name), 'utf8')));
  expect(files.filter((_, place) => usesDefault.test(texts[place] ?? '')).sort()).toEqual([
    'ui/valid-language.ts',
  ]);
});
