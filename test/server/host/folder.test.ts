import { chmod, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { prepareFolder } from '../../../server/host/folder';
import { jsonPosition, openJsonFile } from '../../../server/host/json-file';
import { startProcess } from '../cli/start-process';
import { temporaryFolder } from './temporary-folder';

const SECRET = 'client-secret-Zk3nW8qLp0';
const open = (path: string) => openJsonFile(path, (data) => data, 'Put back a copy.');
const unchanged = { mode: 0o600 };

describe('a folder that is not this user’s alone is refused, with nothing written into it', () => {
  test.each(['0777', '0775', '0707', '0722', '1777'])('mode %s', async (text) => {
    const mode = Number.parseInt(text, 8);
    const folder = await temporaryFolder();
    await chmod(folder, mode);
    await expect(prepareFolder(folder)).rejects.toThrow(
      `The folder ${folder} can be written by other users (mode 0${(mode & 0o777).toString(8)})`,
    );
    expect(await readdir(folder)).toEqual([]);
    await chmod(folder, 0o755);
    expect(await prepareFolder(folder)).toBe(folder);
  });

  test('by every command that would read secrets from it or write to it', async () => {
    const folder = await temporaryFolder();
    const evil = { settings: { AUTH0_DOMAIN: 'evil.example', AUTH0_CLIENT_ID: 'id' } };
    await writeFile(join(folder, 'extension.json'), JSON.stringify(evil), unchanged);
    await chmod(folder, 0o777);
    const env = {
      DATA_DIR: folder,
      AUTH0_DOMAIN: 'tenant.example',
      AUTH0_CLIENT_SECRET: SECRET,
      SEGMENT_KEY: 'segment-key',
    };
    for (const args of [['start'], ['run'], ['replay', '--from', '9002']]) {
      const { exit, out, err } = await startProcess(args, { env });
      expect(await exit).toBe(78);
      expect(err()).toMatch(/can be written by other users \(mode 0777\).* Run: chmod go-w/);
      expect(out() + err()).not.toContain(SECRET);
    }
    expect(await readdir(folder)).toEqual(['extension.json']);
  });

  // Only root may give a folder away.
  test.runIf(process.getuid?.() === 0)('one that belongs to another user', async () => {
    const { chown } = await import('node:fs/promises');
    const folder = await temporaryFolder();
    await chown(folder, 12_345, 12_345);
    await expect(prepareFolder(folder)).rejects.toThrow(
      /belongs to another user \(id 12345; this process runs as 0\)/,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  test('a link to it is checked by what it leads to', async () => {
    const [folder, other] = [await temporaryFolder(), await temporaryFolder()];
    const link = join(folder, 'data');
    await symlink(other, link);
    expect(await prepareFolder(link)).toBe(other);
    await chmod(other, 0o777);
    await expect(prepareFolder(link)).rejects.toThrow(`The folder ${other} can be written by other users`);
  });
});

describe('no file is followed through a symbolic link', () => {
  test('when it is read', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'victim'), `{"secret":"${SECRET}"}`);
    await symlink(join(folder, 'victim'), join(folder, 'extension.json'));
    await expect(open(join(folder, 'extension.json'))).rejects.toThrow(/extension\.json is a symbolic link/);
  });

  test('when it is written, also where the link came afterwards or leads to nothing', async () => {
    const folder = await temporaryFolder();
    const [path, victim] = [join(folder, 'extension.json'), join(folder, 'victim')];
    const file = await open(path);
    await symlink(victim, path);
    await expect(file.write({ a: 1 })).rejects.toThrow(/is a symbolic link/);
    await writeFile(victim, 'precious');
    await expect(file.write({ a: 1 })).rejects.toThrow(/is a symbolic link/);
    expect(await readFile(victim, 'utf8')).toBe('precious');
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
  });

  test('when it is tried whether the folder can be written', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'victim'), 'precious');
    await symlink(join(folder, 'victim'), join(folder, `probe.json.${process.pid}`));
    await prepareFolder(folder);
    expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('precious');
    expect(await readdir(folder)).toEqual(['victim']);
  });

  test('by a host that finds its installation to be one', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'data'), { mode: 0o700 });
    await writeFile(join(folder, 'victim'), `{"secret":"${SECRET}"}`);
    await symlink(join(folder, 'victim'), join(folder, 'data/extension.json'));
    const { exit, out, err } = await startProcess(['start'], { folder });
    expect(await exit).toBe(78);
    expect(err()).toMatch(/data\/extension\.json is a symbolic link.* Remove the link/);
    expect(out() + err()).not.toContain(SECRET);
  });
});

describe('a damaged file is told by its position, never by what it holds', () => {
  test.each([
    ['{\n  "token": client-secret-Zk3nW8qLp0\n}', 'line 2, column 12'],
    [`{"secret": "${SECRET}"`, 'line 1, column 38'],
    [`{"a": 1}\n${SECRET}`, 'line 2, column 1'],
    ['', 'line 1, column 1'],
  ])('%j', async (text, position) => {
    const path = join(await temporaryFolder(), 'extension.json');
    await writeFile(path, text);
    const error: unknown = await open(path).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(`${path} is damaged: it stops being JSON at ${position}.`);
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toMatch(/secret|Zk3/);
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  test('what is JSON has no such position', () => {
    expect(jsonPosition('{"a":[1,2,{"b":null}]}')).toBe('');
  });
});
