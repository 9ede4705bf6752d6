import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestPostgres } from '../support/postgres';

const folder = fileURLToPath(new URL('../../server/database/', import.meta.url));

/** SQL syntax that looks like a call; the grammar resolves it in pg_catalog. */
const SYNTAX = new Set([
  'coalesce',
  'exists',
  'extract',
  'greatest',
  'least',
  'nullif',
  'any',
  'all',
  'in',
  'over',
  'values',
]);
/** Types that are no keywords of the grammar. */
const TYPES =
  'text|jsonb|json|uuid|date|bytea|oid|int2|int4|int8|float4|float8|bool|timestamptz|timetz|regclass';

/** The texts of a program's strings and templates; those inside `${…}` come on their own. */
function readTexts(source: string): string[] {
  const texts: string[] = [];
  let at = 0;
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match) at = pattern.lastIndex;
    return match !== null;
  };
  const readTemplate = () => {
    let text = '';
    at += 1;
    while (source[at] !== '`') {
      if (source.startsWith('${', at)) {
        const start = at;
        at += 2;
        readCode();
        text += source.slice(start, at).slice(2, -1) === 'SCHEMA' ? 'schema' : ' $value ';
      } else {
        text += source[at];
        at += source[at] === '\\' ? 2 : 1;
      }
    }
    at += 1;
    texts.push(text);
  };
  /** Reads until the bracket that closes it, or the end. */
  const readCode = () => {
    for (let depth = 1; depth > 0 && at < source.length; ) {
      const start = at;
      if (skip(/\/\/.*|\/\*[\s\S]*?\*\//y)) continue;
      if (skip(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y)) texts.push(source.slice(start + 1, at - 1));
      // A regular expression may have quotes.
      else if (skip(/(?<=[(,=[]\s*)\/(?![/*])(?:[^/\\\n]|\\.)+\/[a-z]*/y)) continue;
      else if (source[at] === '`') readTemplate();
      else {
        if (source[at] === '{') depth += 1;
        if (source[at] === '}') depth -= 1;
        at += 1;
      }
    }
  };
  while (at < source.length) readCode();
  return texts;
}

/** Returns the unqualified names of functions, types and tables in a text. */
function findUnqualified(text: string, functions: ReadonlySet<string>): string[] {
  const sql = text.replace(/--.*/g, '');
  const isCall = (name: string) => functions.has(name.toLowerCase()) && !SYNTAX.has(name.toLowerCase());
  const calls = [...sql.matchAll(/(?<![\w.$"])([A-Za-z_]\w*)\(/g)]
    .map(([, name = '']) => name)
    .filter(isCall)
    .map((name) => `${name}()`);
  const types = [
    ...sql.matchAll(
      new RegExp(
        `(?:::|(?<=[\\w"] ))(${TYPES})(?=[,)\\[]|$|\\s+(?:NOT|PRIMARY|UNIQUE|COLLATE|DEFAULT|REFERENCES|AS)\\b)`,
        'gm',
      ),
    ),
  ];
  const named = new Set(
    [...sql.matchAll(/(?<![\w.])(\w+) AS (?:MATERIALIZED )?\(/g)].map(([, name = '']) => name),
  );
  const tables = [
    ...sql.matchAll(
      /\b(?:FROM|JOIN|INTO|UPDATE|TABLE|REFERENCES|USING) (?!ROWS\b|LATERAL\b|SET\b|IF\b|NOT\b)([a-z_]\w*)(?![\w.(])/g,
    ),
  ]
    .map(([, name = '']) => name)
    .filter((name) => !named.has(name));
  return [...calls, ...types.map(([, type = '']) => type), ...tables];
}

let functions: ReadonlySet<string>;
beforeAll(async () => {
  const { exec } = await openTestPostgres(afterAll);
  const { rows } = await exec('SELECT DISTINCT proname AS name FROM pg_catalog.pg_proc');
  functions = new Set(rows.map(({ name }: { name: string }) => name));
});

describe('the SQL of PostgreSQL', async () => {
  const postgres = (await readdir(`${folder}postgres`)).map((name) => `postgres/${name}`);
  test.each([
    ...postgres,
    'run-rows.ts',
    'tenant-rows.ts',
    'standing-rows.ts',
    'log-stream-columns.ts',
    'copy-rows.ts',
  ])('%s qualifies each function, type and table', async (file) => {
    const texts = readTexts(await readFile(folder + file, 'utf8'));
    // SQLite has no schemas.
    const own = texts.filter((text) => !/ = :owner/.test(text));
    expect(own.flatMap((text) => findUnqualified(text, functions))).toEqual([]);
  });
});

test.each([
  ['SELECT hashtextextended($1, 0)', ['hashtextextended()']],
  ['SELECT pg_catalog.count(*), COALESCE(SUM(a), 0) FROM schema.runs', ['SUM()']],
  ['SELECT a::text, b::bigint, c::pg_catalog.jsonb', ['text']],
  ['CREATE TABLE schema.a (b text NOT NULL, c pg_catalog.text)', ['text']],
  ['DELETE FROM runs USING old WHERE TRUE', ['runs', 'old']],
  ['WITH old AS (SELECT FROM schema.runs) DELETE FROM schema.runs USING old', []],
])('the check of "%s" finds the unqualified names', (sql, names) => {
  expect(findUnqualified(sql, functions)).toEqual(names);
});
