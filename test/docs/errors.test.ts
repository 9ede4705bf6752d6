import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { exportErrorCodes, remedyOf } from '../../src/errors';

const root = fileURLToPath(new URL('../..', import.meta.url));
const document = await readFile(`${root}docs/errors.md`, 'utf8');

/** The sources of a folder without those of the sandbox, whose errors are Auth0's, Segment's and Slack's. */
async function sourcesOf(folder: string): Promise<string> {
  const paths = (await readdir(`${root}${folder}`, { recursive: true })).filter(
    (path) => /\.tsx?$/.test(path) && !path.startsWith('sandbox'),
  );
  return (await Promise.all(paths.map((path) => readFile(`${root}${folder}/${path}`, 'utf8')))).join('\n');
}

const src = await sourcesOf('src');
const server = await sourcesOf('server');

/** What stands under a heading of the document. */
function section(heading: string): string {
  const [, text = ''] = document.split(`\n## ${heading}\n`);
  return text.split('\n## ')[0] ?? '';
}

/** The rows of the table under a heading: the cells of each, without code marks. */
const rowsOf = (heading: string): string[][] =>
  section(heading)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/^`(\w+)`$/, '$1')),
    );

/** The first groups of all matches, each once, sorted. */
const allOf = (text: string, ...patterns: RegExp[]): string[] =>
  [
    ...new Set(patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((found) => found[1] ?? ''))),
  ].sort();

const codesOf = (heading: string) => rowsOf(heading).map(([code = '']) => code);

const declared: readonly string[] = [...exportErrorCodes].sort();
const REFUSAL = /new (?:HttpError|RetryLater)\(\s*(?:\w+),\s*'([a-z0-9_]+)'/g;
const SUBCLASS = /super\(\s*\d{3},\s*'([a-z0-9_]+)'/g;
const LITERAL = /\berror: '([a-z0-9_]+)'/g;

describe('errors of runs', () => {
  test('the document lists each code of ExportError, and no other', () => {
    expect(declared.length).toBeGreaterThan(10);
    expect([...codesOf('Failed runs')].sort()).toEqual(declared);
  });

  test('the document tells the remedy of each code that its message ends with', () => {
    const told = rowsOf('Failed runs').map(([code = '', , , remedy]) => [code, remedy]);
    expect(told).toEqual(exportErrorCodes.map((code) => [code, remedyOf(code)]));
  });

  test('each code of ExportError is used', () => {
    const [, ...uses] = `${src}\n${server}`.split('export type ExportErrorCode');
    const unused = declared.filter((code) => !uses.join().includes(`'${code}'`));
    expect([uses.length, unused]).toEqual([1, []]);
  });
});

describe('answers', () => {
  const used = allOf(`${src}\n${server}`, REFUSAL, SUBCLASS, LITERAL);

  test('the document lists each code of an answer, and no other', () => {
    expect(used.length).toBeGreaterThan(20);
    expect([...codesOf('Answers to requests')].sort()).toEqual(used);
  });

  test('the document names each status with which a code is answered', () => {
    const statuses = new Map(rowsOf('Answers to requests').map(([code = '', status = '']) => [code, status]));
    const found = [...server.matchAll(/new (?:HttpError|RetryLater)\(\s*(\d{3}),\s*'([a-z0-9_]+)'/g)];
    expect(found.length).toBeGreaterThan(20);
    for (const [, status = '', code = ''] of found) {
      expect([code, statuses.get(code)?.split(/\D+/)]).toEqual([code, expect.arrayContaining([status])]);
    }
  });
});

describe('PostgreSQL', () => {
  test('the document lists each code that has words of its own, and no other', async () => {
    const text = await readFile(`${root}server/database/postgres/errors.ts`, 'utf8');
    const used = allOf(text, /^ {2}'?([0-9A-Z_]{2,})'?: \S/gm);
    expect(used.length).toBeGreaterThan(40);
    expect(codesOf('PostgreSQL').sort()).toEqual(used);
  });
});

describe('exit codes', () => {
  test('the document lists each exit code, and no other', () => {
    const [, type = ''] = /type ExitCode = ([\d |]+);/.exec(server) ?? [];
    const [, run = ''] = /function exitCodeOf\(\w+: \w+\): ([\d |]+) \{/.exec(server) ?? [];
    const used = new Set(`${type} | ${run}`.split(' | '));
    expect(used.size).toBeGreaterThan(2);
    expect(codesOf('Exit codes').sort()).toEqual([...used].sort());
  });
});

test('each error has a meaning, an occasion and a remedy', () => {
  const runs = rowsOf('Failed runs').map((row) => row.slice(1));
  const answers = rowsOf('Answers to requests').map((row) => row.slice(2));
  const databases = rowsOf('PostgreSQL').map((row) => row.slice(2));
  const exits = rowsOf('Exit codes').map((row) => row.slice(1));
  for (const cells of [...runs, ...answers, ...databases, ...exits]) {
    expect(cells.length).toBeGreaterThanOrEqual(2);
    for (const cell of cells) expect(cell).not.toBe('');
  }
});
