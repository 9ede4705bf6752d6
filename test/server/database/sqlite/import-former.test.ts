import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeRecord } from '../../../support/make-record';
import { temporaryFolder } from '../../../support/temporary-folder';
import { makeTenant, NOON, openTestDatabase } from '../open-test-database';

const minutes = (count: number) => new Date(NOON + count * 60_000).toISOString();
const rejected = [{ logId: '7', call: 'track' as const, reason: 'Too large.' }];
const failed = makeRecord({
  start: minutes(-20),
  end: minutes(-19),
  error: { message: 'Segment returned 503.', checkpoint: '90' },
});
const exported = makeRecord({
  start: minutes(-15),
  end: minutes(-14),
  logsProcessed: 5,
  batches: 1,
  events: { 'Success Login': 4 },
  rejected,
});
const folded = makeRecord({ start: minutes(-10), lastStart: minutes(-5), end: minutes(-4), runs: 2 });

/** The files as the version before writes them. */
const FILES = {
  'extension.json': {
    token: 'webtask-token',
    extensionSecret: 'installation-secret',
    installed: {
      at: minutes(-60),
      settings: {
        AUTH0_DOMAIN: 'acme.eu.auth0.com',
        AUTH0_CLIENT_SECRET: 'hunter2',
        SEGMENT_KEY: 'write-key-Xv92KdRt',
        SLACK_INCOMING_WEBHOOK: '',
      },
      job: {
        name: 'auth0-logs-to-segment',
        state: 'active',
        schedule: '0 */5 * * * *',
        tz: 'Europe/Berlin',
        next_available_at: minutes(1),
      },
    },
  },
  'storage.json': {
    document: {
      checkpointId: '95',
      checkpointDate: minutes(-6),
      startFrom: '80',
      lastRun: minutes(-4),
      lease: null,
      lastReportDate: '2025-03-02',
      logsDroppedUntil: minutes(-100),
      logs: [failed, exported, folded],
    },
  },
  'executions.json': [
    {
      id: 3,
      scheduled_at: minutes(-15),
      started_at: minutes(-15),
      completed_at: minutes(-14),
      type: 'success',
      statusCode: 200,
      body: { status: exported, checkpoint: '95' },
      trigger: 'manual',
      lines: ['one', 'two'],
      linesLeftOut: 3,
    },
    {
      id: 5,
      scheduled_at: minutes(-5),
      started_at: minutes(-5),
      completed_at: minutes(-4),
      type: 'success',
      statusCode: 200,
      body: { status: makeRecord({ start: minutes(-5), end: minutes(-4) }), checkpoint: '95' },
      trigger: 'missed',
      lines: ['three'],
      linesLeftOut: 0,
    },
    {
      id: 6,
      scheduled_at: minutes(0),
      started_at: minutes(0),
      completed_at: null,
      type: 'success',
      statusCode: null,
      body: null,
      trigger: 'schedule',
      lines: [],
      linesLeftOut: 0,
    },
  ],
};

/** A folder with the files, but for those given otherwise; `undefined` leaves one out. */
async function formerFolder(others: Partial<Record<keyof typeof FILES, unknown>> = {}) {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries({ ...FILES, ...others })) {
    if (content === undefined) continue;
    await writeFile(
      join(folder, name),
      typeof content === 'string' ? content : `${JSON.stringify(content)}\n`,
    );
  }
  return folder;
}

const options = {
  secrets: ['AUTH0_CLIENT_SECRET', 'SEGMENT_KEY', 'SLACK_INCOMING_WEBHOOK'],
  seal: async ({ tenant, setting }: { tenant: { id: string }; setting: string }) =>
    `jwe:${tenant.id}:${setting}`,
};
const NAMES = Object.keys(FILES);

test('the tenant that was installed becomes the tenant default, with its secrets sealed, and is due when it was', async () => {
  const folder = await formerFolder();
  const { importFormer, tenants, meta } = await openTestDatabase({ folder });
  expect(await importFormer(options)).toEqual(NAMES);
  const tenant = await tenants.find('default');
  expect(tenant).toEqual({
    id: expect.any(String),
    name: 'default',
    origin: 'stored',
    settings: {
      AUTH0_DOMAIN: 'acme.eu.auth0.com',
      AUTH0_CLIENT_SECRET: `jwe:${tenant?.id}:AUTH0_CLIENT_SECRET`,
      SEGMENT_KEY: `jwe:${tenant?.id}:SEGMENT_KEY`,
      SLACK_INCOMING_WEBHOOK: '',
    },
    schedule: '0 */5 * * * *',
    timeZone: 'Europe/Berlin',
    isActive: true,
    createdAt: minutes(-60),
    dueAt: NOON + 60_000,
    version: 1,
  });
  expect(await meta.get('secret')).toBe('installation-secret');
});

test('checkpoint, history and what the runs logged are taken over', async () => {
  const folder = await formerFolder();
  const { importFormer, tenants, notes, storeOf } = await openTestDatabase({ folder });
  await importFormer(options);
  const id = (await tenants.find('default'))?.id ?? '';
  const { state, history } = storeOf(id)({ remaining: () => 1000 });
  expect(await state.read()).toMatchObject({
    checkpointId: '95',
    startFrom: '80',
    lastReportDate: '2025-03-02',
    caughtUp: { start: minutes(-5), end: minutes(-4) },
  });
  const { runs } = await history.list({ offset: 0, limit: 10 });
  expect(runs.map(({ id: _, ...record }) => record)).toEqual([folded, exported, failed]);
  const [first, second, third] = await Promise.all(runs.map((run) => notes.find(id, run.id ?? '')));
  expect(first).toMatchObject({ trigger: 'missed', lines: ['three'] });
  expect(second).toMatchObject({ trigger: 'manual', lines: ['one', 'two'], linesLeftOut: 3 });
  expect(third).toBeUndefined();
  expect((await history.sums({ from: NOON - 200 * 60_000, until: NOON })).isWhole).toBe(false);
  expect((await history.sums({ from: NOON - 60 * 60_000, until: NOON })).isWhole).toBe(true);
});

test('it happens once, and the files are kept under another name', async () => {
  const folder = await formerFolder();
  const { importFormer, tenants } = await openTestDatabase({ folder });
  await importFormer(options);
  const names = await readdir(folder);
  expect(names.filter((name) => name.includes('.json'))).toEqual(
    NAMES.map((name) => `${name}.imported`).sort(),
  );
  const text = await readFile(join(folder, 'storage.json.imported'), 'utf8');
  expect(JSON.parse(text)).toEqual(FILES['storage.json']);
  await writeFile(join(folder, 'storage.json'), '{}');
  expect(await importFormer(options)).toEqual([]);
  expect(await tenants.list()).toHaveLength(1);
});

test('a state without a tenant waits for the first of the name', async () => {
  const folder = await formerFolder({ 'extension.json': { ...FILES['extension.json'], installed: null } });
  const { importFormer, tenants, storeOf } = await openTestDatabase({ folder });
  await importFormer(options);
  expect(await tenants.list()).toEqual([]);
  const tenant = makeTenant('default', { origin: 'environment' });
  await tenants.add(tenant);
  const { state, history } = storeOf(tenant.id)({ remaining: () => 1000 });
  expect((await state.read()).checkpointId).toBe('95');
  expect((await history.list({ offset: 0, limit: 10 })).total).toBe(3);
});

test('a job that was switched off stays so', async () => {
  const { installed } = FILES['extension.json'];
  const job = { ...installed.job, state: 'inactive', next_available_at: null };
  const folder = await formerFolder({
    'extension.json': { ...FILES['extension.json'], installed: { ...installed, job } },
    'storage.json': undefined,
    'executions.json': undefined,
  });
  const { importFormer, tenants } = await openTestDatabase({ folder });
  expect(await importFormer(options)).toEqual(['extension.json']);
  expect(await tenants.find('default')).toMatchObject({ isActive: false, dueAt: null });
});

test.each([
  [
    'extension.json',
    '{"token": "hunter2',
    /is damaged: it stops being JSON at line 1, column \d+\. Nothing was taken over/,
  ],
  [
    'extension.json',
    '{"token": "hunter2"}',
    /is damaged: it is not what was written there\..*add the tenant anew/,
  ],
  ['storage.json', '{"document": {"checkpointId": 7}}', /is damaged.*START_FROM/],
  ['executions.json', '{}', /is damaged.*move it away to go on without/],
] as const)(
  'a damaged %s changes nothing, and its sentence holds no secret: %s',
  async (name, text, sentence) => {
    const folder = await formerFolder({ [name]: text });
    const { importFormer, tenants, meta } = await openTestDatabase({ folder });
    const error = await importFormer(options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ exitCode: 78, message: expect.stringMatching(sentence) });
    expect(String(error)).not.toContain('hunter2');
    expect(await tenants.list()).toEqual([]);
    expect(await meta.get('secret')).toBeUndefined();
    expect((await readdir(folder)).filter((file) => file.endsWith('.json')).sort()).toEqual(
      [...NAMES].sort(),
    );
  },
);

test('a secret that cannot be sealed changes nothing', async () => {
  const folder = await formerFolder();
  const { importFormer, tenants } = await openTestDatabase({ folder });
  const seal = () => Promise.reject(new Error('no key'));
  await expect(importFormer({ ...options, seal })).rejects.toThrow('no key');
  expect(await tenants.list()).toEqual([]);
  expect(await readdir(folder)).toEqual(expect.arrayContaining(NAMES));
});

test('there is nothing to take over in a new folder', async () => {
  const { importFormer } = await openTestDatabase();
  expect(await importFormer(options)).toEqual([]);
});
