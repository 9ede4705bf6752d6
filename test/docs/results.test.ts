import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runRecord } from '../../src/storage/run-state';

const document = await readFile(fileURLToPath(new URL('../../docs/results.md', import.meta.url)), 'utf8');
const fields = Object.keys(runRecord.entries).sort();

test('the document explains each field of a result, and no other', () => {
  const rows = document.match(/^\| `.*$/gm) ?? [];
  const named = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(named.sort()).toEqual(fields);
});

test('the example of a result is one that a run leaves', () => {
  const [, example = ''] = /```json\n([\s\S]*?)```/.exec(document) ?? [];
  const { status } = JSON.parse(example) as { status: object };
  expect(Object.keys(status).filter((name) => !fields.includes(name))).toEqual([]);
});
