import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { parseCommandLine } from '../../../server/cli/command-line';
import { hostOptionDefaults, parseHostOptions } from '../../../server/cli/host-options';
import { status } from '../../../server/cli/status';
import { divideFlags } from '../../../server/cli/tenant-input';
import { manageTenants } from '../../../server/cli/tenants';
import { createTerminal } from '../../../server/cli/terminal';
import { createTriggerTokens } from '../../../server/log-streams/trigger-tokens';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openKeyRing } from '../../../server/tenants/key-ring';
import { createVault } from '../../../server/tenants/vault';
import { systemClock } from '../../../src/time';
import { fakeClock } from '../../support/fake-clock';
import { temporaryFolder } from '../../support/temporary-folder';
import { openTestDatabase } from '../database/open-test-database';
import { openSandbox } from '../sandbox/open-sandbox';
import { type CommandOptions, runInProcess, startCommand } from './run-in-process';

const CLIENT_SECRET = 'client-secret-Zk3nW8qLp0';
const SEGMENT_KEY = 'segmentKeyHx7Tq2Vb9';
const HOOK = 'https://hooks.slack.com/services/T0/B0/xYzHookSecret9';
const SECRETS = /Zk3nW8qLp0|Hx7Tq2Vb9|xYzHookSecret9/;

/** The command in a folder of its own; no secret may stand in anything that it says or keeps. */
async function openFolder(defaults: CommandOptions = {}) {
  const folder = await temporaryFolder();
  const call = async (args: string[], input = '', env: Record<string, string> = {}) => {
    const { code, out, err } = await runInProcess(['tenants', ...args], {
      ...defaults,
      folder,
      input,
      env: { ...defaults.env, ...env },
    });
    expect(out + err).not.toMatch(SECRETS);
    return { code, out, err, json: () => JSON.parse(out) };
  };
  const add = (name: string, ...more: string[]) =>
    call(
      [
        'add',
        name,
        '--auth0-domain',
        `${name}.eu.auth0.com`,
        '--auth0-client-id',
        'client-1',
        '--auth0-client-secret=-',
        '--segment-key',
        '-',
        ...more,
      ],
      `${CLIENT_SECRET}\n${SEGMENT_KEY}\n`,
    );
  return { folder, call, add };
}

test('tenants adds, changes, disables, enables, lists and removes a tenant, and keeps its secrets sealed', async () => {
  const { folder, call, add } = await openFolder();
  expect(await call(['list'])).toMatchObject({ code: 0, out: expect.stringContaining('tenants add NAME') });
  const added = await add('acme', '--batch-size', '50', '--json');
  expect(added).toMatchObject({ code: 0, err: '' });
  expect(added.json()).toEqual({
    name: 'acme',
    origin: 'stored',
    isActive: true,
    schedule: '0 */5 * * * *',
    timeZone: 'UTC',
    nextRun: expect.any(String),
    settings: {
      AUTH0_DOMAIN: 'acme.eu.auth0.com',
      AUTH0_CLIENT_ID: 'client-1',
      AUTH0_CLIENT_SECRET: '(secret)',
      SEGMENT_KEY: '(secret)',
      BATCH_SIZE: '50',
    },
  });
  expect((await readFile(join(folder, 'data', 'exporter.db'))).toString('latin1')).not.toMatch(SECRETS);

  const set = await call(
    ['set', 'acme', '--batch-size', '20', '--slack-incoming-webhook', '-', '--schedule', '0 0 3 * * *'],
    HOOK,
  );
  expect(set).toEqual({
    code: 0,
    out: 'Changed tenant acme: BATCH_SIZE from 50 to 20, SLACK_INCOMING_WEBHOOK from none to (secret), schedule from 0 */5 * * * * to 0 0 3 * * *.\n',
    err: '',
    json: expect.any(Function),
  });
  const removed = await call([
    'set',
    'acme',
    '--slack-incoming-webhook=',
    '--batch-size',
    '',
    '--schedule',
    '',
    '--time-zone',
    'Europe/Berlin',
    '--json',
  ]);
  expect(removed.json()).toMatchObject({ schedule: '0 */5 * * * *', timeZone: 'Europe/Berlin' });
  expect(Object.keys(removed.json().settings)).toEqual([
    'AUTH0_DOMAIN',
    'AUTH0_CLIENT_ID',
    'AUTH0_CLIENT_SECRET',
    'SEGMENT_KEY',
  ]);
  expect((await call(['set', 'acme', '--time-zone', 'UTC'])).out).toBe(
    'Changed tenant acme: time zone from Europe/Berlin to UTC.\n',
  );
  expect((await call(['set', 'acme', '--segment-region', 'US'])).out).toContain('has these settings already');

  expect((await call(['disable', 'acme'])).out).toContain('switched off');
  expect((await call(['list', '--json'])).json()).toMatchObject([
    { name: 'acme', isActive: false, nextRun: null },
  ]);
  expect((await call(['enable', 'acme', '--json'])).json()).toMatchObject({ isActive: true });
  expect((await call(['list'])).out).toMatch(/^acme {4}acme\.eu\.auth0\.com {2}stored /m);
  expect((await call(['remove', 'acme'])).out).toBe(
    'Removed tenant acme with its settings, its checkpoint (none yet) and its history (0 records).\n',
  );
  expect((await call(['list', '--json'])).json()).toEqual([]);
});

test('status shows what is due if no host runs, and omits empty rows', async () => {
  const { folder, add } = await openFolder();
  const at = Date.parse((await add('acme', '--json')).json().nextRun);
  const show = async (now: number, name = 'acme') => {
    let out = '';
    await status({
      setup: parseHostOptions({ ...hostOptionDefaults, DATA_DIR: `${folder}/data` }),
      name,
      isJson: false,
      terminal: createTerminal({ write: (text) => (out += text) }, {}),
      print: () => {},
      clock: fakeClock({ now }),
    });
    return out;
  };
  expect(await show(at - 60_000)).toMatch(/Next run .*Z, if a host is running then\n/);
  const due = await show(at + 1_000);
  expect(due).toContain('Next run    due now, if a host is running\n');
  expect(due).not.toMatch(/Behind|History|unknown/);
  expect(await show(at + 3_600_000)).toContain('Next run    was due 1 h ago: no host is running\n');
  await add('beta');
  expect(await show(at + 3_600_000, '')).toMatch(/^acme .* was due 1 h ago: no host is running$/m);
});

test('tenants set warns of a secret on the command line, stores it, and does not show it', async () => {
  const { call, add } = await openFolder();
  await add('acme');
  const typed = await call(['set', 'acme', '--segment-key', `x${SEGMENT_KEY}`]);
  expect(typed).toMatchObject({ code: 0, out: 'Changed tenant acme: SEGMENT_KEY.\n' });
  expect(typed.err).toMatch(
    /^Warning: SEGMENT_KEY on the command line can be read by every user.* Write - instead/,
  );
  for (const value of ['env:ACME_KEY', '-']) {
    const { code, err } = await call(['set', 'acme', '--segment-key', value], 'segment-write-key-9\n');
    expect([code, err]).toEqual([0, '']);
  }
});

test('settings of the environment belong to its own tenant alone', async () => {
  const env = { AUTH0_DOMAIN: 'given.eu.auth0.com', SEGMENT_KEY, BATCH_SIZE: '7', SCHEDULE: '0 0 5 * * *' };
  const { call } = await openFolder({ env });
  const refused = await call([
    'add',
    'acme',
    '--auth0-domain',
    'acme.eu.auth0.com',
    '--auth0-client-id',
    'c',
  ]);
  expect(refused.code).toBe(78);
  expect(refused.err).toMatch(/AUTH0_CLIENT_SECRET is required.*SEGMENT_KEY is required/);
  const added = await call(
    [
      'add',
      'acme',
      '--auth0-domain=acme.eu.auth0.com',
      '--auth0-client-id=c',
      '--auth0-client-secret=env:A',
      '--segment-key=env:B',
      '--json',
    ],
    '',
  );
  expect(added.json()).toMatchObject({
    schedule: '0 */5 * * * *',
    settings: {
      AUTH0_DOMAIN: 'acme.eu.auth0.com',
      AUTH0_CLIENT_ID: 'c',
      AUTH0_CLIENT_SECRET: 'env:A',
      SEGMENT_KEY: 'env:B',
    },
  });
  expect(Object.keys(added.json().settings)).toHaveLength(4);
});

test('tenants set stores the absolute path of a reference, and warns of a missing file', async () => {
  const { folder, call, add } = await openFolder();
  await add('acme');
  const path = join(folder, 'key.txt');
  const missing = await call([
    'set',
    'acme',
    '--segment-key',
    `file:${relative(process.cwd(), path)}`,
    '--json',
  ]);
  expect(missing.json().settings.SEGMENT_KEY).toBe(`file:${path}`);
  expect(missing.err).toBe(
    `Warning: SEGMENT_KEY of tenant acme is file:${path}, and there is no such file. Put the secret there, readable for the user that runs this, or change the setting.\n`,
  );
  await writeFile(path, SEGMENT_KEY);
  expect(await call(['set', 'acme', '--segment-key', `file:${relative(process.cwd(), path)}`])).toMatchObject(
    { code: 0, err: '' },
  );
});

const refusals = [
  [[], 'What to do with the tenants is missing. Write one of: tenants list,'],
  [['ad', 'x'], 'There is no command tenants "ad". Did you mean tenants add?'],
  [['export'], 'There is no command tenants "export". Write one of: tenants list,'],
  [['add'], 'The name of the tenant is missing: tenants add NAME.'],
  [['list', 'acme'], '"acme" is not understood.'],
  [['remove', 'acme', 'other'], '"other" is not understood.'],
  [
    ['list', '--batch-size', '5'],
    'tenants list has no option --batch-size. It belongs to the commands start, run, replay, check, preview, tenants add, tenants set and setup.',
  ],
  [
    ['enable', 'acme', '--time-zone', 'UTC'],
    'tenants enable has no option --time-zone. It belongs to the commands tenants add, tenants set and setup.',
  ],
  [['enable', 'acme', '--keep-state'], 'tenants enable has no option --keep-state.'],
  [['enable', 'nobody'], 'There is no tenant "nobody". The tenants are acme.'],
  [['add', 'Acme EU', '--segment-key', 'env:A'], 'The name is "Acme EU". It must have 1 to 63 lower-case'],
  [['add', 'acme', '--segment-key', 'env:A'], 'There is a tenant acme already.'],
  [['set', 'acme'], 'Nothing to change was given.'],
  [['set', 'acme', '--port', '80'], 'tenants set has no option --port. It belongs to the command start.'],
  [['set', 'acme', '--max-run-seconds', '80'], 'tenants set has no option --max-run-seconds.'],
  [['set', 'acme', '--schedule-timezone', 'UTC'], 'tenants set has no option --schedule-timezone.'],
  [['set', 'acme', '--batch-size', '0'], 'BATCH_SIZE is "0". It must be a whole number from 1 to 100.'],
  [['set', 'acme', '--schedule', 'never'], 'schedule'],
  [['set', 'acme', '--time-zone', 'Mars/One'], 'time zone'],
  [['set', 'acme', '--segment-key', ''], 'SEGMENT_KEY is required.'],
  [
    ['set', 'acme', '--segment-key', 'env:no-name'],
    'SEGMENT_KEY is a reference to a variable without a usable',
  ],
  [['set', 'acme', '--auth0-domain', 'other.auth0.com'], 'AUTH0_CLIENT_SECRET must be entered again'],
  [
    ['set', 'acme', '--segment-key', '-'],
    'Standard input has no line, and must have one for each of: SEGMENT_KEY',
  ],
  [
    ['set', 'acme', '--start-from', 'yesterday'],
    'START_FROM is "yesterday", which is no checkpoint ID. Copy it from the failed run or from Slack; or write oldest, now, a date such as 2026-03-01',
  ],
  [['set', 'acme', '--start-from', '2026-02-31'], 'START_FROM is "2026-02-31", which is no checkpoint ID.'],
  [['set', 'acme', '--start-from', '2026-03-01T12:00'], 'or a time with its zone such as 2026-03-01T12:00Z'],
] as const;

test('what cannot be done is refused with 78 and a remedy, and changes nothing', async () => {
  const { folder, call, add } = await openFolder();
  await add('acme');
  const before = (await call(['list', '--json'])).out;
  const setup = parseHostOptions({ ...hostOptionDefaults, DATA_DIR: join(folder, 'data') });
  for (const [args, sentence] of refusals) {
    const out: string[] = [];
    const refused = (async () => {
      const line = parseCommandLine(['tenants', ...args]);
      await manageTenants({
        setup,
        overrides: {},
        env: {},
        clock: systemClock,
        operands: line.operands,
        typed: divideFlags(line.flags).tenant,
        timeZone: line.timeZone,
        keepState: line.switches.has('keep-state'),
        isJson: false,
        stdin: Readable.from([]),
        prompt: new PassThrough(),
        terminal: createTerminal({ write: (text) => out.push(text) }, {}),
        warn: (text) => out.push(text),
        print: (text) => out.push(text),
      });
    })();
    await expect(refused, args.join(' ')).rejects.toMatchObject({
      name: 'HostError',
      exitCode: 78,
      message: expect.stringContaining(sentence),
    });
    expect(out).toEqual([]);
  }
  expect((await call(['list', '--json'])).out).toBe(before);
});

test('tenants set reads one secret a line in the order of the arguments, and refuses more or fewer lines', async () => {
  const { call, add, folder } = await openFolder();
  await add('acme');
  const two = ['set', 'acme', '--segment-key', '-', '--auth0-client-secret', '-'];
  expect((await call(two, 'one\n')).err).toContain(
    'has 1 line, and must have one for each of: SEGMENT_KEY, AUTH0_',
  );
  expect((await call(two, `${SEGMENT_KEY}\n${CLIENT_SECRET}\n3\n`)).code).toBe(78);
  expect((await call(two, `\n${CLIENT_SECRET}\n`)).err).toContain('SEGMENT_KEY is empty on standard input');
  // With the line breaks and the mark of an editor on Windows.
  expect((await call(two, `\uFEFFsegment-write-key-1\r\nclient-two\r\n`)).code).toBe(0);
  const data = join(folder, 'data');
  const { tenants } = await openTestDatabase({ folder: data });
  const tenant = await tenants.find('acme');
  if (!tenant) throw new Error('the tenant is gone');
  const vault = createVault(await openKeyRing({ key: '', keyFile: '', folder: data }));
  const open = (setting: string) => vault.open({ tenant, setting }, tenant.settings[setting] ?? '');
  expect(await open('SEGMENT_KEY')).toBe('segment-write-key-1');
  expect(await open('AUTH0_CLIENT_SECRET')).toBe('client-two');
});

test('tenants refuses to change or remove a tenant of the environment or of TENANTS_FILE', async () => {
  const { sandbox, folder } = { sandbox: await openSandbox(), folder: await temporaryFolder() };
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  await runInProcess(['run'], { env, folder });
  const call = (args: string[], given: Record<string, string> = {}) =>
    runInProcess(['tenants', ...args], { folder, env: given });
  // Also from a shell that does not have the host's environment.
  for (const given of [env, {}]) {
    const removed = await call(['remove', 'default'], given);
    expect(removed.code).toBe(78);
    expect(removed.err).toContain(
      'Tenant default cannot be removed here, because it is given by environment',
    );
  }
  expect((await call(['set', 'default', '--segment-key', 'env:A'], env)).err).toContain(
    'SEGMENT_KEY of tenant default is given by an environment variable',
  );
  const file = join(folder, 'tenants.yaml');
  await writeFile(
    file,
    'tenants:\n  - name: acme\n    settings: { AUTH0_DOMAIN: acme.eu.auth0.com, AUTH0_CLIENT_ID: c, AUTH0_CLIENT_SECRET: env:A, SEGMENT_KEY: env:B }\n',
  );
  await runInProcess(['run', 'acme'], { env: { ...env, TENANTS_FILE: file }, folder });
  for (const args of [
    ['set', 'acme', '--batch-size', '5'],
    ['remove', 'acme'],
  ]) {
    const { code, err } = await call(args, { TENANTS_FILE: file });
    expect(code).toBe(78);
    expect(err).toContain(`because it is declared in ${file}. Change that file, and start again.`);
  }
  expect((await call(['set', 'acme', '--batch-size', '5'])).err).toContain(
    'declared in a TENANTS_FILE that is not given here. Change that file, or, where it is gone for good, write tenants release.',
  );
  expect((await call(['disable', 'acme'])).code).toBe(0);
});

test('tenants rekey reseals all secrets with the key in DATA_DIR, ENCRYPTION_KEY or ENCRYPTION_KEY_FILE', async () => {
  const { call, add, folder } = await openFolder();
  await add('acme');
  const path = join(folder, 'data', 'encryption.key');
  const own = (await readFile(path, 'utf8')).trim();
  expect((await call(['rekey', '--json'])).json()).toEqual({ resealed: 1, keys: path });
  const present = (await readFile(path, 'utf8')).trim();
  expect(present).not.toBe(own);
  const [second, third] = ['b', 'c'].map((letter) => Buffer.alloc(32, letter).toString('base64'));
  const byKey = await call(['rekey'], '', { ENCRYPTION_KEY: `${second},${present}` });
  expect(byKey.out).toBe(
    'Sealed the secrets of 1 tenant anew: all that are stored open with the first key in ENCRYPTION_KEY.\n',
  );
  const keyFile = join(folder, 'keys');
  await writeFile(keyFile, `${third}\n${second}\n`, { mode: 0o600 });
  expect((await call(['rekey'], '', { ENCRYPTION_KEY_FILE: keyFile })).out).toContain('of 1 tenant anew');
  await writeFile(keyFile, `${third}\n`);
  expect((await call(['rekey'], '', { ENCRYPTION_KEY_FILE: keyFile })).out).toContain(
    'No secret was sealed under',
  );
  await rm(path);
  const wrong = await call(['rekey'], '', { ENCRYPTION_KEY: second ?? '' });
  expect(wrong.code).toBe(78);
  expect(wrong.err).toMatch(
    /^Nothing was sealed anew\. AUTH0_CLIENT_SECRET of tenant acme cannot be opened: it was sealed with a key that is not in ENCRYPTION_KEY\. Put back the key/,
  );
});

test('a running host exports a tenant that is added, and stops exporting one that is removed during its run', async () => {
  const start = Date.now() - 600_000;
  const options = () => ({ tenant: { logs: generateLogs({ count: 600, users: 40, start }) } });
  const [first, slow] = [await openSandbox(options()), await openSandbox(options())];
  slow.segment.faults.add({ endpoint: 'batch', times: Infinity, fault: { kind: 'delay', ms: 500 } });
  const argumentsOf = (sandbox: typeof first) => {
    const { EXTENSION_SECRET: _, ...settings } = sandbox.secrets();
    return Object.entries(settings).map(
      ([name, value]) => `--${name.toLowerCase().replaceAll('_', '-')}=${value}`,
    );
  };
  const { folder, call } = await openFolder();
  await call(['add', 'quick', ...argumentsOf(first)]);
  const host = await startCommand(['start'], { folder });
  await host.prints(/Ctrl-C stops/);
  await call([
    'add',
    'slow',
    '--batch-size=10',
    ...argumentsOf(slow).filter((one) => !one.startsWith('--batch')),
  ]);
  await expect.poll(() => slow.segment.requests).toBeGreaterThan(0);
  const removed = await call(['remove', 'slow', '--json']);
  expect(removed.json()).toMatchObject({ removed: 'slow', keptState: false, wasRunning: true });
  const [said] = await host.prints(/slow {2}Failed.*/);
  expect(said).toMatch(
    /Failed.* The tenant has been removed, so its state is no longer kept under it\. Add it again/,
  );
  expect(said).not.toContain('Besides');
  const sent = slow.segment.requests;
  expect((await call(['list', '--json'])).json()).toMatchObject([{ name: 'quick' }]);
  expect(await host.stop()).toBe(0);
  expect(slow.segment.requests - sent).toBeLessThanOrEqual(1);
  expect(host.out() + host.err()).not.toMatch(/FOREIGN KEY|constraint|SQLITE|\n +at /);
});

test('--start-from accepts a word, a date or an ID, and the log is found with the new settings', async () => {
  const start = Date.parse('2026-03-01T12:00:00.000Z');
  const sandbox = await openSandbox({
    tenant: { logs: generateLogs({ count: 160, users: 5, start, stepMs: 60_000 }) },
  });
  const idAt = (position: number) => sandbox.tenant.logAt(position).log_id;
  const argumentsFor = ({ secrets }: typeof sandbox) => {
    const { EXTENSION_SECRET: _, ...settings } = secrets();
    return Object.entries(settings).map(
      ([name, value]) => `--${name.toLowerCase().replaceAll('_', '-')}=${value}`,
    );
  };
  const { folder, call } = await openFolder();
  expect(await call(['add', 'acme', ...argumentsFor(sandbox), '--start-from=now'])).toMatchObject({
    code: 0,
    out: expect.stringContaining(`It starts with the log ${idAt(159)}.`),
  });
  const starts: [string, string][] = [
    ['2026-03-01', idAt(0)],
    ['2026-03-01T13:29:30+01:00', idAt(30)],
  ];
  for (const [word, id] of starts) {
    const changed = await call(['set', 'acme', '--start-from', word, '--json']);
    expect([word, changed.json().settings.START_FROM]).toEqual([word, id]);
  }
  // Asked for once more, it acts once more.
  const runsFrom = async () => {
    const { code, out } = await runInProcess(['run', 'acme'], { folder });
    expect(code).toBe(0);
    return JSON.parse(out).status.logsRead;
  };
  expect([await runsFrom(), await runsFrom()]).toEqual([130, 0]);
  expect((await call(['set', 'acme', '--start-from', idAt(30)])).out).toBe(
    `Tenant acme has these settings already. Its next run starts with the log ${idAt(30)} once more.\n`,
  );
  expect([await runsFrom(), await runsFrom()]).toEqual([130, 0]);
  expect(await call(['set', 'acme', '--start-from', '2026-03-02'])).toMatchObject({
    code: 78,
    err: expect.stringMatching(
      /START_FROM is 2026-03-02\. Auth0 has no log of .* or later\. Enter an earlier/,
    ),
  });
  // A peer may repeat what it was sent.
  const { AUTH0_CLIENT_SECRET = '' } = sandbox.secrets();
  const body = JSON.stringify({ message: `nothing for ${AUTH0_CLIENT_SECRET}` });
  const fault = { kind: 'status', status: 403, body } as const;
  sandbox.tenant.faults.add({ endpoint: 'logs', times: Infinity, fault });
  const forbidden = await call(['set', 'acme', '--start-from', 'now']);
  expect(forbidden).toMatchObject({
    code: 78,
    err: expect.stringMatching(
      /START_FROM is now, but Auth0 could not be asked for that log: Auth0 returned 403 when reading logs .*Auth0 says/,
    ),
  });
  expect(forbidden.err).not.toContain(AUTH0_CLIENT_SECRET);
  // Where there are no logs yet, whatever comes is the first.
  const empty = await openSandbox({ tenant: { logs: generateLogs({ count: 0 }) } });
  const added = await call(['add', 'beta', ...argumentsFor(empty), '--start-from=now', '--json']);
  expect([added.code, added.json().settings.START_FROM]).toEqual([0, undefined]);
});

test('tenants token creates a new token each time, shows it once, and stores its hash', async () => {
  const { folder, call, add } = await openFolder();
  await add('acme');
  const first = await call(['token', 'acme']);
  expect(first).toMatchObject({ code: 0, out: expect.stringContaining('/log-streams/acme') });
  expect(first.out).toMatch(/Authorization Token +Bearer \S+\n +Content Type +application\/json\n/);
  expect(first.out).toContain('Login - Success, Login - Failure, Signup - Success');
  const [, token = ''] = /Bearer (a0ls_[\w-]{43})/.exec(first.out) ?? [];
  const { path, token: second, authorization } = (await call(['token', 'acme', '--json'])).json();
  expect([path, authorization]).toEqual(['/log-streams/acme', `Bearer ${second}`]);
  const { logStreams } = await openTestDatabase({ folder: `${folder}/data` });
  const tokens = createTriggerTokens(logStreams);
  expect([await tokens.find('acme', token), (await tokens.find('acme', second))?.tenant]).toEqual([
    undefined,
    'acme',
  ]);
  for (const file of ['exporter.db', 'exporter.db-wal']) {
    const kept = await readFile(join(folder, 'data', file)).catch(() => Buffer.alloc(0));
    expect(kept.includes(token) || kept.includes(second)).toBe(false);
  }
  expect((await call(['list'])).out).not.toContain(second);
  expect(await call(['token', 'nobody'])).toMatchObject({
    code: 78,
    err: expect.stringContaining('There is no tenant "nobody". The tenants are acme.'),
  });
  expect(await call(['token'])).toMatchObject({
    code: 78,
    err: expect.stringContaining('tenants token NAME'),
  });
  const { out } = await call(['remove', 'acme']);
  expect(out).toMatch(
    /Its log stream in Auth0 stays.* answers 404.* setup --undo acme .*Monitoring > Streams/,
  );
});
