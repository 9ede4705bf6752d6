import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder';

const run = promisify(execFile);
const deployed = (name: string) =>
  readFile(fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url)), 'utf8');
const isRoot = process.getuid?.() === 0;
const UNPRIVILEGED_UID = 65_534;

test('the unit restarts the exporter after every end but a wrong configuration', async () => {
  const unit = await deployed('systemd/auth0-logs-to-segment.service');
  expect(unit).toMatch(/^Restart=always$/m);
  expect(unit).toMatch(/^RestartPreventExitStatus=78$/m);
});

test('a container is started again after every end, and the migration is not', async () => {
  expect(await deployed('Dockerfile')).toContain('--restart unless-stopped');
  const compose = await deployed('compose.yaml');
  expect(compose).toMatch(/^x-exporter:[\s\S]*?^ {2}restart: unless-stopped$/m);
  expect(compose).toMatch(/^ {2}migration:[\s\S]*?^ {4}restart: on-failure$/m);
});

test('the wrapper runs a command as the user of the service, with the settings that systemd would pass', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'build', 'out'), { recursive: true });
  await chmod(folder, 0o755);
  await writeFile(
    join(folder, 'build', 'out', 'cli.mjs'),
    'console.log(JSON.stringify({ user: process.getuid(), env: process.env, args: process.argv.slice(2) }))',
  );
  await writeFile(
    join(folder, 'settings.env'),
    [
      '# A comment',
      'AUTH0_DOMAIN=acme.eu.auth0.com',
      '',
      'SEGMENT_KEY="in double quotes"',
      "AUTH0_CLIENT_SECRET='in $(single) quotes'",
      '; another comment',
      'DASHBOARD_PASSWORD=pass=word $HOME `id`',
    ].join('\n'),
    { mode: 0o600 },
  );
  const script = (await deployed('systemd/auth0-logs-to-segment'))
    .replace(/^user=.*/m, `user=${isRoot ? 'nobody' : process.env.USER}`)
    .replace(/^settings=.*/m, `settings=${folder}/settings.env`)
    .replace(/^program=.*/m, `program=${folder}`)
    .replace('/usr/bin/node', process.execPath)
    // Only root may change the user.
    .replace(isRoot ? /$^/ : /setpriv .*\\\n/, '');
  const wrapper = join(folder, 'wrapper');
  await writeFile(wrapper, script, { mode: 0o755 });
  const { stdout } = await run(wrapper, ['check', '--json', 'two words']);
  expect(JSON.parse(stdout)).toMatchObject({
    user: isRoot ? UNPRIVILEGED_UID : process.getuid?.(),
    args: ['check', '--json', 'two words'],
    env: {
      AUTH0_DOMAIN: 'acme.eu.auth0.com',
      SEGMENT_KEY: 'in double quotes',
      AUTH0_CLIENT_SECRET: 'in $(single) quotes',
      DASHBOARD_PASSWORD: 'pass=word $HOME `id`',
      DATA_DIR: '/var/lib/auth0-logs-to-segment',
      NODE_ENV: 'production',
    },
  });
});
