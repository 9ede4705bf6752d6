import { execFileSync } from 'node:child_process';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readReference, referenceProblem } from '../../../server/tenants/secret-reference';
import { temporaryFolder } from '../../support/temporary-folder';

const OWNER = { tenant: 'acme', setting: 'SEGMENT_KEY' };
const read = (reference: string, env = {}) => readReference(OWNER, reference, env);

test('a secret is read where the reference says, as it is at that moment', async () => {
  expect(await read('env:ACME_KEY', { ACME_KEY: ' key-1\n' })).toBe('key-1');
  const path = join(await temporaryFolder(), 'key');
  await writeFile(path, '\uFEFFkey-2\r\n');
  expect(await read(`file:${path}`)).toBe('key-2');
  await writeFile(path, 'key-3');
  expect(await read(`file:${path}`)).toBe('key-3');
});

test('what cannot be read names tenant, setting and remedy, and shows nothing of what is there', async () => {
  const folder = await temporaryFolder();
  const refusalOf = (reference: string, env = {}) =>
    read(reference, env).then(
      () => 'read',
      (error: { exitCode: number; message: string }) => `${error.exitCode} ${error.message}`,
    );
  expect(await refusalOf('env:ACME_KEY', { ACME_KEY: ' ' })).toMatch(
    /^78 SEGMENT_KEY of tenant acme is env:ACME_KEY, and the environment of this process has no such variable/,
  );
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return `file:${join(folder, name)}`;
  };
  expect(await refusalOf(`file:${folder}/none`)).toContain('there is no such file. Put the secret there');
  expect(await refusalOf(await file('empty', ' \n'))).toContain('that file is empty');
  const two = await refusalOf(await file('two', 'hunter2\nhunter3'));
  expect(two).toContain('holds more than one line');
  expect(two).not.toContain('hunter');
  const quoted = await refusalOf(await file('quoted', '"hunter2"\n'));
  expect(quoted).toMatch(/the secret in that file is in quotes\. Take the quotes away\.$/);
  expect(quoted).not.toContain('hunter');
  expect(await refusalOf('env:ACME_KEY', { ACME_KEY: "'hunter2'" })).toMatch(
    /and that variable is in quotes\. Take the quotes away\.$/,
  );
  await mkdir(join(folder, 'folder'));
  expect(await refusalOf(`file:${folder}/folder`)).toContain('that is no file');
  const large = await file('large', '');
  await truncate(join(folder, 'large'), 5_000_000_000);
  expect(await refusalOf(large)).toContain('that file has 5000000000 bytes, more than any secret');
  // Neither is waited for whoever would write into a pipe, nor a device read that never ends.
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  expect(await refusalOf(`file:${folder}/pipe`)).toContain('that is no file');
  expect(await refusalOf('file:/dev/zero')).toContain('that is no file');
});

test.each([
  ['env:', 'without a usable name'],
  ['env:A-B', 'without a usable name'],
  ['env:$(id)', 'without a usable name'],
  ['file: ', 'without a usable path'],
  ['file:a\nb', 'without a usable path'],
  ['env:_A1', ''],
  ['file:/run/secrets/a b', ''],
])('%j is checked before it is kept', (reference, problem) => {
  expect(referenceProblem('SEGMENT_KEY', reference)).toContain(problem);
  expect(referenceProblem('SEGMENT_KEY', reference) === '').toBe(problem === '');
});
