import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Everything that a module evaluates when it is loaded: its imports and theirs, but not those made later. */
async function loadedBy(entry: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    mainFields: ['module', 'main'],
    external: ['inline:*'],
  });
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { path: next, kind } of metafile.inputs[path]?.imports ?? []) {
      if (kind !== 'dynamic-import') visit(next);
    }
  };
  visit(entry);
  return [...seen];
}

test('the page and its doors load nothing of the export: no Segment, no Slack, no Auth0 client, no job', async () => {
  const loaded = await loadedBy('server/extension/app.ts');
  expect(loaded.length).toBeGreaterThan(50);
  expect(loaded.filter((path) => /node_modules\/(@segment|@slack|auth0|pino)\//.test(path))).toEqual([]);
  expect(loaded.filter((path) => /src\/(job|segment|slack|auth0)\//.test(path))).toEqual([]);
});

test('a run loads nothing of the page', async () => {
  const loaded = await loadedBy('src/webtask-job.ts');
  expect(
    loaded.filter((path) => /^(server|node_modules\/(express|helmet|jose|preact))\//.test(path)),
  ).toEqual([]);
});

test('until a request says what it wants, neither is loaded', async () => {
  const loaded = await loadedBy('build/entry.ts');
  expect(loaded.filter((path) => path.includes('node_modules') || path.startsWith('server'))).toEqual([]);
});
