import { randomBytes } from 'node:crypto';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Libsql from 'libsql';
import { expect, onTestFinished, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { declarationsOf, startTenants, writeTenantsFile } from '../../support/start-tenants';
import { temporaryFolder } from '../../support/temporary-folder';
import { type CommandOptions, runInProcess } from './run-in-process';
import { runProcess } from './start-process';

const SCHEDULE = '0 */5 * * * *';

interface RefusedCommand extends CommandOptions {
  /** Called with a process of its own and its arguments: it changes what that process may do. */
  through?: string[];
}

/** Two tenants whose logs were exported once, with more logs since. */
async function openTenants() {
  const world = await startTenants({
    count: 2,
    logs: (index) => generateLogs({ count: 40, users: 10, seed: index }),
  });
  onTestFinished(() => world.close());
  const folder = await temporaryFolder();
  const env = { TENANTS_FILE: join(folder, 'tenants.yaml') };
  const declared = declarationsOf(world);
  await writeTenantsFile(env.TENANTS_FILE, declared, SCHEDULE);
  const command = (args: string[], options: CommandOptions = {}) =>
    runInProcess(args, { folder, ...options, env: { ...env, ...options.env } });
  const first = await command(['run', '--all']);
  expect(first.code, first.err).toBe(0);
  for (const { sandbox } of world.tenants) sandbox.addLogs([{ type: 's' }, { type: 'f' }]);
  const arrived = world.segment.accepted;
  return {
    world,
    folder,
    env,
    declared,
    command,
    database: join(folder, 'data', 'exporter.db'),
    /** Expects that a command ends with a sentence, and has sent nothing. */
    expectRefusal: async (args: string[], code: number, words: RegExp, options: RefusedCommand = {}) => {
      const { through, ...others } = options;
      const refused = await (through ? runProcess(args, { folder, env, through }) : command(args, others));
      expect(refused.err).toMatch(words);
      expect(refused.code).toBe(code);
      expect(refused.err).not.toMatch(/\n +at /);
      for (const { settings } of declared) expect(refused.err).not.toContain(settings.AUTH0_CLIENT_SECRET);
      expect(world.segment.accepted).toBe(arrived);
    },
    /** With everything put right, both tenants are exported from where they were. */
    expectNothingLost: async () => {
      const next = await command(['run', '--all']);
      expect(next.code, next.err).toBe(0);
      expect(world.gaps()).toEqual({ lost: [], unknown: [] });
      expect(world.segment.duplicates).toBe(0);
    },
  };
}

/** What may be wrong with the file, and what is said of it. */
const faults: readonly (readonly [spoil: (text: string) => string, words: RegExp])[] = [
  [(text) => `${text.slice(0, -4)}\n"`, /It stops being YAML there .*Look at quotes/],
  [
    (text) => text.replace('tenant-0002', 'tenant-0001'),
    /There is a tenant "tenant-0001" in line \d+ already\. Give one of them another name/,
  ],
  [
    (text) => text.replace('"SEGMENT_KEY"', '"SEGMENT_KEYS"'),
    /.*"SEGMENT_KEYS" is no setting of a tenant\. Write SEGMENT_KEY if that is meant/,
  ],
  [
    (text) => text.replace(/"AUTH0_CLIENT_ID": "\w+",/, ''),
    /AUTH0_CLIENT_ID of tenant tenant-0001 is missing\. Add it/,
  ],
  [
    (text) => text.replace(SCHEDULE, '*/5 * * *'),
    /In tenant tenant-0001: The schedule is "\*\/5 \* \* \*"\. It needs five fields/,
  ],
];

test('each kind of fault in TENANTS_FILE is refused with its line, changes no tenant and loses no log', async () => {
  const { env, database, expectRefusal, expectNothingLost } = await openTenants();
  const text = await readFile(env.TENANTS_FILE, 'utf8');
  const tenants = () => {
    const open = new Libsql(database);
    const rows = open.prepare('SELECT name, settings, schedule, version FROM tenants ORDER BY name').all({});
    open.close();
    return rows;
  };
  const before = tenants();
  expect(before).toHaveLength(2);
  for (const [index, [spoil, words]] of faults.entries()) {
    await writeFile(env.TENANTS_FILE, spoil(text));
    const refusal = `TENANTS_FILE ${env.TENANTS_FILE} cannot be used, and nothing of it was applied\\. Line \\d+: `;
    const command = index % 2 === 0 ? ['start'] : ['run', '--all'];
    await expectRefusal(command, 78, new RegExp(refusal + words.source));
    expect(tenants()).toEqual(before);
  }
  await expectRefusal(['start'], 78, /TENANTS_FILE \/nowhere\/file .*there is no such file.*name another/, {
    env: { TENANTS_FILE: '/nowhere/file' },
  });
  await writeFile(env.TENANTS_FILE, text);
  await expectNothingLost();
});

test('a reference to a missing secret fails only the run of its tenant, with the remedy', async () => {
  const { env, declared, world, command, expectNothingLost } = await openTenants();
  const [one, ...others] = declared;
  if (!one) throw new Error('There is no tenant');
  for (const [reference, words] of [
    ['env:NOT_SET', /AUTH0_CLIENT_SECRET of tenant tenant-0001 is env:NOT_SET.*no such variable.*Set it/],
    ['file:/nowhere/secret', /AUTH0_CLIENT_SECRET of tenant tenant-0001 .*\/nowhere\/secret.*/],
  ] as const) {
    const broken = { ...one, settings: { ...one.settings, AUTH0_CLIENT_SECRET: reference } };
    await writeTenantsFile(env.TENANTS_FILE, [broken, ...others], SCHEDULE);
    const all = await command(['run', '--all']);
    expect(all.code).toBe(1);
    expect(all.err).toMatch(words);
    expect(all.err).toMatch(/tenant-0002 {2}Succeeded: /);
    expect(world.gaps().lost.every((log) => log.startsWith('tenant-0001 '))).toBe(true);
  }
  await writeTenantsFile(env.TENANTS_FILE, declared, SCHEDULE);
  await expectNothingLost();
});

test('secrets sealed with another key are refused with setting, tenant and remedy', async () => {
  const { expectRefusal, expectNothingLost, env } = await openTenants();
  const ENCRYPTION_KEY = randomBytes(32).toString('base64');
  // Declared no longer, they are kept as they are, sealed.
  const options = { env: { ENCRYPTION_KEY, TENANTS_FILE: '' } };
  const words =
    /AUTH0_CLIENT_SECRET of tenant tenant-0001 cannot be opened: it was sealed with a key that is not in ENCRYPTION_KEY\. Put back the key/;
  await expectRefusal(['run', 'tenant-0001'], 78, words, options);
  await expectRefusal(['run', '--all'], 1, words, options);
  expect(env.TENANTS_FILE).not.toBe('');
  await expectNothingLost();
});

test('a damaged database is refused with the remedy, and is not changed', async () => {
  const { database, expectRefusal, expectNothingLost } = await openTenants();
  const whole = await readFile(database);
  const damaged = Buffer.concat([randomBytes(2_000), whole.subarray(2_000)]);
  await writeFile(database, damaged);
  const words = new RegExp(
    `The database ${database} cannot be used: it is damaged.*put back a copy of the folder`,
  );
  for (const args of [['start'], ['status']]) await expectRefusal(args, 78, words);
  expect((await readFile(database)).equals(damaged)).toBe(true);
  await writeFile(database, whole);
  await expectNothingLost();
});

test('a database of a newer version is refused with the remedy, and is not changed', async () => {
  const { database, expectRefusal, expectNothingLost } = await openTenants();
  const setVersion = (version: number) => {
    const open = new Libsql(database);
    open.exec(`PRAGMA user_version = ${version}`);
    open.close();
  };
  const open = new Libsql(database);
  const [{ user_version: known } = { user_version: 0 }] = open.pragma('user_version') as {
    user_version: number;
  }[];
  open.close();
  setVersion(99);
  for (const args of [['start'], ['status']]) {
    await expectRefusal(
      args,
      78,
      /is of version 99, which a newer version of this program has made.*Start the newer program again/,
    );
  }
  setVersion(known);
  await expectNothingLost();
});

test('run --all on a full disk names the cause, and the next run loses no log', async () => {
  const { expectRefusal, expectNothingLost } = await openTenants();
  // A file size limit causes the same error as a full disk.
  const through = ['bash', '-c', 'ulimit -S -f 4; exec "$@"', 'bash'];
  await expectRefusal(
    ['run', '--all'],
    1,
    /exporter\.db cannot be used: .*full.*Free space there.*the next run resumes from its checkpoint/,
    {
      through,
    },
  );
  await expectNothingLost();
});

test('a folder that is read-only is refused with the permission that the user needs', async () => {
  const { folder, expectRefusal, expectNothingLost } = await openTenants();
  const data = join(folder, 'data');
  const files = await readdir(data);
  // Root may write everywhere, unless that right is taken from it.
  const through =
    process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];
  for (const file of files) await chmod(join(data, file), 0o400);
  await chmod(data, 0o500);
  for (const args of [['start'], ['run', '--all']]) {
    await expectRefusal(
      args,
      78,
      /exporter\.db cannot be used: it can only be read.*Give the user that runs this the right/,
      {
        through,
      },
    );
  }
  await chmod(data, 0o700);
  for (const file of files) await chmod(join(data, file), 0o600);
  await expectNothingLost();
});
