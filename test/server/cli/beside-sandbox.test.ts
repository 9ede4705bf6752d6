import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProcess } from './start-process';

test('commands beside npm start share its database: the host obeys a change, and a kill does not undo it', async () => {
  const host = await startProcess(['start', '--schedule', '* * * * * *']);
  await host.prints(/Ctrl-C stops/);
  const { folder } = host;
  const env = { DATA_DIR: join(folder, 'data', 'sandbox') };
  const command = async (...args: string[]) => {
    const { exit, out, err } = await startProcess(args, { folder, env });
    expect(await exit, err()).toBe(0);
    return out();
  };
  const logFiles = ['-wal', '-shm'].map((end) => join(env.DATA_DIR, `exporter.db${end}`));
  expect(await command('tenants', 'list')).toContain('sandbox');
  expect(logFiles.map(existsSync)).toEqual([true, true]);
  await command('tenants', 'disable', 'sandbox');
  expect(logFiles.map(existsSync)).toEqual([true, true]);
  await host.prints(/Tenant sandbox was switched off/);
  host.child.kill('SIGKILL');
  await host.exit;
  expect(JSON.parse(await command('tenants', 'list', '--json'))).toMatchObject([
    { name: 'sandbox', isActive: false },
  ]);
});
