import { expect, onTestFinished, test, vi } from 'vitest';
import { openPostgres } from '../../server/database/postgres/open-postgres';
import { systemClock } from '../../src/time';
import { makeTenant, NOON } from '../server/database/open-test-database';
import { openTestQueue } from '../server/database/postgres/open-test-queue';
import { openTestPostgres } from '../support/postgres';

const open = (url: string) => openPostgres({ url, places: 1, clock: systemClock });

test.each(['LATIN1', 'SQL_ASCII'])(
  'a database with the encoding %s is refused, and the statement of the remedy creates one that is not',
  async (encoding) => {
    const database = await openTestPostgres();
    const { url, name, exec } = database;
    const other = `${name}_${encoding.toLowerCase()}`;
    const drop = (one: string) => exec(`DROP DATABASE IF EXISTS ${one} WITH (FORCE)`);
    onTestFinished(async () => {
      await drop(other);
      await drop(`${other}_utf8`);
    });
    await exec(`CREATE DATABASE ${other} ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`);
    const address = new URL(url);
    address.pathname = other;
    const remedy = `CREATE DATABASE "${other}_utf8" ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0`;
    await expect(open(address.href)).rejects.toMatchObject({
      message: `The database ${address.host}/${other} cannot be used: its encoding is ${encoding}, and only UTF8 can store every character. Create another database, such as with ${remedy}, and name it in DATABASE_URL.`,
      exitCode: 78,
    });
    await exec(remedy);
    address.pathname = `${other}_utf8`;
    await (await open(address.href)).close();
  },
);

test('a database with standard_conforming_strings off keeps backslashes, and its queue works', async () => {
  const { url, name, exec } = await openTestPostgres();
  await exec(`ALTER DATABASE ${name} SET standard_conforming_strings = off`);
  const database = await open(url);
  onTestFinished(() => database.close());
  const settings = { EXCLUDE_FIELDS: "a\\'b\\n" };
  await database.tenants.add(makeTenant('acme', { settings }));
  expect((await database.tenants.find('acme'))?.settings).toEqual(settings);
  const { queue, troubles } = await openTestQueue({ url });
  const taken: string[] = [];
  await queue.work(1, async ({ tenant }) => {
    taken.push(tenant);
  });
  const run = { tenantId: 'id', tenant: 'acme', trigger: 'schedule', dueAt: NOON } as const;
  expect(await queue.send(run)).toBe(true);
  await vi.waitFor(() => expect(taken).toEqual(['acme']), { timeout: 20_000, interval: 50 });
  expect(troubles).toEqual([]);
});
