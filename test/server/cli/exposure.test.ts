import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSecretOption } from '../../../server/cli/config-file';
import { hostOptionDefaults } from '../../../server/cli/host-options';
import { settingNames } from '../../../server/cli/options';
import { secretNames } from '../../../src/settings';
import { temporaryFolder } from '../../support/temporary-folder';
import { runInProcess } from './run-in-process';

const SECRET = 'client-secret-Zk3nW8qLp0';

test('run warns of a config.json with secrets that other users can read, and names them without their values', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'config.json');
  const config = { AUTH0_DOMAIN: 'tenant.invalid', AUTH0_CLIENT_SECRET: SECRET, BATCH_SIZE: '50' };
  // With the byte order mark of an editor on Windows.
  await writeFile(path, `\uFEFF${JSON.stringify(config)}`);
  for (const [mode, isWarned] of [
    [0o644, true],
    [0o640, true],
    [0o604, true],
    [0o620, true],
    [0o600, false],
    [0o400, false],
  ] as const) {
    await chmod(path, mode);
    const { code, out, err } = await runInProcess(['run'], { folder });
    expect(code).toBe(78);
    const warning = `Warning: ${path} holds AUTH0_CLIENT_SECRET and is open to other users of this machine (mode 0${mode.toString(8)}). Run: chmod 600 ${path}\n`;
    expect(err.includes(warning)).toBe(isWarned);
    expect(err.includes('Warning')).toBe(isWarned);
    expect(out + err).not.toContain(SECRET);
  }
});

test('run does not warn of a config.json without secrets that other users can read', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'config.json'), '{"BATCH_SIZE":"50","AUTH0_CLIENT_SECRET":""}', {
    mode: 0o644,
  });
  const { err } = await runInProcess(['run'], { folder });
  expect(err).not.toContain('Warning');
});

test('run warns of any config.json that other users can change: they could set their own TENANTS_FILE', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'config.json');
  await writeFile(path, '{"BATCH_SIZE":"50"}');
  await chmod(path, 0o664);
  const { err } = await runInProcess(['run'], { folder });
  expect(err).toContain(
    `Warning: ${path} says what is exported where, and can be changed by other users of this machine (mode 0664). Run: chmod go-w ${path}\n`,
  );
});

test('run warns of a secret on the command line, and does not show it', async () => {
  const { code, out, err } = await runInProcess([
    'run',
    '--auth0-client-secret',
    SECRET,
    '--SEGMENT_KEY=write-key-Xv92KdRt',
  ]);
  expect(code).toBe(78);
  expect(err).toMatch(
    /^Warning: AUTH0_CLIENT_SECRET, SEGMENT_KEY on the command line can be read by every user .* into the environment/,
  );
  expect(out + err).not.toMatch(/Zk3nW8qLp0|write-key-Xv92KdRt/);
  const other = await runInProcess(['run', '--batch-size', '50'], { env: { AUTH0_CLIENT_SECRET: SECRET } });
  expect(other.err).not.toContain('Warning');
});

test('isSecretOption recognizes each secret option by its name', () => {
  const names = [...settingNames, ...Object.keys(hostOptionDefaults), 'EXTENSION_SECRET'];
  expect(names.filter(isSecretOption).sort()).toEqual(
    [...secretNames, 'DASHBOARD_PASSWORD', 'DATABASE_URL', 'ENCRYPTION_KEY', 'METRICS_TOKEN'].sort(),
  );
});
