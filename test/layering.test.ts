import { readdir, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Lines of the longest file. */
const MOST_LINES = 350;

const root = fileURLToPath(new URL('..', import.meta.url));

/** An import of one file by another, as paths from the repository's root. */
interface Import {
  from: string;
  to: string;
}

const sources = (
  await Promise.all(
    ['src', 'server'].map(async (folder) =>
      (
        await readdir(`${root}${folder}`, { recursive: true })
      ).map((path) => posix.join(folder, path.replaceAll('\\', '/'))),
    ),
  )
)
  .flat()
  .filter((path) => /\.(tsx?|css)$/.test(path))
  .sort();
const texts = new Map(
  await Promise.all(sources.map(async (path) => [path, await readFile(`${root}${path}`, 'utf8')] as const)),
);

/** The files that a file imports, also for their types or lazily; packages and Node's own modules left out. */
function importsOf(from: string, text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const found = code.matchAll(
    /(?:^|[\s;}])(?:import|export)(?:[^'"`;]*?\sfrom)?\s*\(?\s*['"](\.[^'"]+)['"]|\b(?:import|require)\(\s*['"](\.[^'"]+)['"]/gm,
  );
  return [...found].map(([, named, lazy]) => {
    const path = posix.join(posix.dirname(from), named ?? lazy ?? '');
    const candidates = [path, `${path}.ts`, `${path}.tsx`, `${path}/index.ts`];
    return { from, to: candidates.find((candidate) => texts.has(candidate)) ?? path };
  });
}

const imports = [...texts].flatMap(([path, text]) => importsOf(path, text));

/** The imports, as lines, from a file of one place to one of another. */
const between = (isFrom: (path: string) => boolean, isTo: (path: string) => boolean): string[] =>
  imports.filter(({ from, to }) => isFrom(from) && isTo(to)).map(({ from, to }) => `${from} imports ${to}`);

/** Whether a path is in one of the places: a folder, or a file of its name. */
const isIn =
  (...places: string[]) =>
  (path: string): boolean =>
    places.some((place) => path.startsWith(`${place}/`) || path.startsWith(`${place}.`));

test('the imports are found at all', () => {
  expect(imports.length).toBeGreaterThan(sources.length);
  const unresolved = imports.filter(({ to }) => /^(src|server)\//.test(to) && !texts.has(to));
  expect(unresolved).toEqual([]);
});

test('src imports nothing of server', () => {
  expect(between(isIn('src'), (path) => !path.startsWith('src/') && path !== 'webtask.json')).toEqual([]);
});

test.each(['auth0', 'segment', 'slack', 'storage'])(
  'src/%s knows none of its neighbours, nor the job',
  (name) => {
    const neighbours = ['auth0', 'segment', 'slack', 'storage', 'job', 'webtask', 'settings'].filter(
      (neighbour) => neighbour !== name,
    );
    expect(between(isIn(`src/${name}`), isIn(...neighbours.map((neighbour) => `src/${neighbour}`)))).toEqual(
      [],
    );
  },
);

test('what all of src shares knows neither the job nor what the job knows', () => {
  const shared = isIn(
    'src/choices',
    'src/http',
    'src/time',
    'src/errors',
    'src/redactor',
    'src/redaction',
    'src/retry',
  );
  const rooms = isIn(
    'src/auth0',
    'src/segment',
    'src/slack',
    'src/storage',
    'src/job',
    'src/settings',
    'src/webtask',
  );
  expect(between(shared, rooms)).toEqual([]);
});

test('the job does not know who calls it', () => {
  expect(between(isIn('src/job'), isIn('src/webtask', 'src/webtask-request'))).toEqual([]);
});

test('runs and tenants know neither the command line nor the Dashboard', () => {
  const composed = isIn('server/cli', 'server/dashboard', 'server/extension');
  expect(between(isIn('server/runs', 'server/tenants', 'server/database'), composed)).toEqual([]);
});

test('only the database knows SQL', () => {
  const users = [...texts].filter(([, text]) => /['"]libsql['"]/.test(text)).map(([path]) => path);
  expect(users.filter((path) => !isIn('server/database')(path))).toEqual([]);
  expect(users).not.toEqual([]);
});

test('the database knows neither who asks it nor the extension', () => {
  const callers = isIn('server/cli', 'server/dashboard', 'server/extension', 'server/sandbox');
  expect(between(isIn('server/database'), callers)).toEqual([]);
});

test('only the command line imports the sandbox', () => {
  const isOther = (path: string) => !isIn('server/sandbox', 'server/cli')(path);
  expect(between(isOther, isIn('server/sandbox'))).toEqual([]);
});

test('the sandbox imports nothing of the product but its clock', () => {
  const isProduct = (path: string) =>
    path !== 'src/time.ts' && isIn('server', 'src')(path) && !isIn('server/sandbox')(path);
  expect(between(isIn('server/sandbox'), isProduct)).toEqual([]);
});

test('the extension does not know that it is hosted', () => {
  expect(
    between(
      isIn('server/extension'),
      isIn(
        'server/dashboard',
        'server/cli',
        'server/host',
        'server/database',
        'server/runs',
        'server/tenants',
      ),
    ),
  ).toEqual([]);
});

test('the Dashboard does not know the command line', () => {
  expect(between(isIn('server/dashboard'), isIn('server/cli'))).toEqual([]);
});

test('what the two web applications share knows neither of them', () => {
  const others = (path: string) => isIn('server')(path) && !isIn('server/ui', 'server/web')(path);
  expect(between(isIn('server/ui', 'server/web'), others)).toEqual([]);
});

test('no file imports itself by way of others', () => {
  const importsFrom = new Map<string, Import[]>();
  for (const one of imports) importsFrom.set(one.from, [...(importsFrom.get(one.from) ?? []), one]);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, way: readonly string[]) => {
    if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(' > '));
    if (done.has(path)) return;
    done.add(path);
    for (const { to } of importsFrom.get(path) ?? []) visit(to, [...way, path]);
  };
  for (const path of texts.keys()) visit(path, []);
  expect(cycles).toEqual([]);
});

test(`no file is longer than ${MOST_LINES} lines`, () => {
  const long = [...texts].filter(([, text]) => text.split('\n').length - 1 > MOST_LINES);
  expect(long.map(([path]) => path)).toEqual([]);
});

test('no folder or file is named helpers, utils or common', () => {
  const vague = /^(helpers?|utils?|common|misc|lib|shared)(\.|$)/;
  expect(sources.filter((path) => path.split('/').some((part) => vague.test(part)))).toEqual([]);
});
