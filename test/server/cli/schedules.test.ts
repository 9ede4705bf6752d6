import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hostOptionDefaults, parseHostOptions } from '../../../server/cli/host-options';
import { readTenantsFile } from '../../../server/tenants/tenants-file';
import { temporaryFolder } from '../../support/temporary-folder';
import { runInProcess } from './run-in-process';

const add = (schedule: string, folder?: string) =>
  runInProcess(
    [
      ...['tenants', 'add', 'acme', '--auth0-domain', 'acme.eu.auth0.com', '--auth0-client-id', 'client'],
      ...['--auth0-client-secret', 'env:SECRET', '--segment-key', 'env:KEY', '--schedule', schedule],
    ],
    folder === undefined ? {} : { folder },
  );

test('tenants add stores five fields and @hourly as six fields', async () => {
  for (const [entered, stored] of [
    ['*/10 * * * *', '0 */10 * * * *'],
    ['@hourly', '0 0 * * * *'],
  ] as const) {
    const { code, err, folder } = await add(entered);
    expect([code, err]).toEqual([0, '']);
    const list = await runInProcess(['tenants', 'list', '--json'], { folder });
    expect(JSON.parse(list.out)).toMatchObject([{ schedule: stored }]);
  }
});

test('tenants add warns of a schedule of every second and refuses 31 February', async () => {
  const often = await add('* * * * * *');
  expect([often.code, often.err]).toEqual([
    0,
    expect.stringMatching(
      /^Warning: The schedule "\* \* \* \* \* \*" starts a run every second\. .*rate limit/,
    ),
  ]);
  const never = await add('0 0 31 2 *');
  expect([never.code, never.err]).toEqual([78, expect.stringContaining('no such date exists')]);
});

test('SCHEDULE is understood with five fields and used with six, and warns of a schedule of every second', () => {
  const read = (SCHEDULE: string) =>
    parseHostOptions({ ...hostOptionDefaults, SCHEDULE, SCHEDULE_TIMEZONE: 'UTC' });
  expect(read('30 3 * * *')).toMatchObject({ schedule: '0 30 3 * * *', warnings: [] });
  expect(read('@daily')).toMatchObject({ schedule: '0 0 0 * * *' });
  expect(read('* * * * * *').warnings).toEqual([expect.stringMatching(/^SCHEDULE: .*every second/)]);
});

test('TENANTS_FILE takes five fields and @weekly', async () => {
  const path = join(await temporaryFolder(), 'tenants.yaml');
  const tenant = (name: string, schedule: string) => `
  - name: ${name}
    schedule: "${schedule}"
    settings:
      AUTH0_DOMAIN: ${name}.eu.auth0.com
      AUTH0_CLIENT_ID: client
      AUTH0_CLIENT_SECRET: env:SECRET
      SEGMENT_KEY: env:KEY`;
  await writeFile(path, `tenants:${tenant('one', '*/10 * * * *')}${tenant('two', '@weekly')}\n`);
  const { tenants } = await readTenantsFile(path, {}, 'UTC');
  expect(tenants.map(({ schedule }) => schedule)).toEqual(['0 */10 * * * *', '0 0 0 * * 0']);
});
