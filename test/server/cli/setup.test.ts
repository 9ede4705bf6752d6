import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { hostOptionDefaults, parseHostOptions } from '../../../server/cli/host-options';
import { setUpTenant } from '../../../server/cli/setup';
import { createTerminal } from '../../../server/cli/terminal';
import type { Sandbox, SandboxOptions } from '../../../server/sandbox/sandbox';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { systemClock } from '../../../src/time';
import { temporaryFolder } from '../../support/temporary-folder';
import { openSandbox } from '../sandbox/open-sandbox';
import { runInProcess } from './run-in-process';
import { startProcess } from './start-process';

/** A sandbox, and a folder to run commands in. */
async function openFolder(options: SandboxOptions = {}) {
  const sandbox = await openSandbox(options);
  const folder = await temporaryFolder();
  const call = async (args: string[], input = '', env: Record<string, string> = {}) => {
    const { code, out, err } = await runInProcess(args, { folder, env, input });
    return { code, out, err };
  };
  const setup = (args: string[], input?: string, env?: Record<string, string>) =>
    call(
      [
        'setup',
        'acme',
        '--domain',
        sandbox.tenant.domain,
        '--segment-endpoint',
        sandbox.segment.url,
        ...args,
      ],
      input,
      env,
    );
  return { sandbox, folder, call, setup };
}

/** Everything that a folder holds, as text. */
async function contentsOf(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = files
    .filter((file) => file.isFile())
    .map(async (file) => (await readFile(join(file.parentPath, file.name))).toString('latin1'));
  return (await Promise.all(texts)).join('\n');
}

const secretsOf = ({ tenant, segment }: Sandbox, token: string) => [
  token,
  tenant.administrator.clientSecret,
  segment.writeKey,
  ...tenant.clients().map(({ client_secret }) => client_secret),
  ...tenant.issuedTokens,
];

test('setup and run lead from an empty folder to events in Segment', async () => {
  const { sandbox, setup, call } = await openFolder({ tenant: { logs: generateLogs({ count: 50 }) } });
  const done = await setup([], `${sandbox.tenant.issueToken()}\n${sandbox.segment.writeKey}\n`);
  expect(done).toEqual({
    code: 0,
    err: '',
    out: expect.stringMatching(
      /^Created the application: Auth0 Logs to Segment \(acme\), client ID \w+\.\nGranted read:logs and read:users to it\.\nStored tenant acme\. Its first run is due\.\n(?: {2}(?:OK {10}|Warning {5}| {12})\S.*\n)+Export now with: node \S+cli\.mjs run acme\n/,
    ),
  });
  const exported = await call(['run', 'acme']);
  expect(exported.code).toBe(0);
  expect(sandbox.segment.ids('track').size).toBeGreaterThan(10);
});

test('a second setup requires no write key, changes nothing and reports it', async () => {
  const { sandbox, setup } = await openFolder();
  const env = { AUTH0_MANAGEMENT_TOKEN: sandbox.tenant.issueToken() };
  await setup([], sandbox.segment.writeKey, env);
  const before = sandbox.tenant.clients();
  const again = await setup(['--json'], '', env);
  expect(again.code).toBe(0);
  const { steps, ...about } = JSON.parse(again.out);
  expect(about).toMatchObject({ name: 'acme', domain: sandbox.tenant.domain });
  expect(steps.slice(0, 4)).toMatchObject([
    { step: 'application', outcome: 'found' },
    { step: 'grant', outcome: 'found' },
    { step: 'tenant', outcome: 'found' },
    { step: 'check', outcome: 'ok' },
  ]);
  expect(sandbox.tenant.clients()).toEqual(before);
});

test('setup with an administrative application reads its secret, and setup --undo removes everything with it', async () => {
  const { sandbox, setup, call } = await openFolder();
  const { clientId, clientSecret } = sandbox.tenant.administrator;
  const made = await setup(['--admin-client-id', clientId], `${clientSecret}\n${sandbox.segment.writeKey}\n`);
  expect(made).toMatchObject({ code: 0, err: '' });
  const undone = await call(['setup', '--undo', 'acme'], '', {
    AUTH0_ADMIN_CLIENT_ID: clientId,
    AUTH0_ADMIN_CLIENT_SECRET: clientSecret,
  });
  expect(undone).toMatchObject({
    code: 0,
    out: expect.stringContaining('Removed tenant acme with its checkpoint and history.'),
  });
  expect(sandbox.tenant.clients()).toHaveLength(2);
  expect(JSON.parse((await call(['tenants', 'list', '--json'])).out)).toEqual([]);
});

test.each([
  ['creating the application', 'clients', 2],
  ['granting its scopes', 'client-grants', 2],
  ['trying it out', 'logs', 1],
] as const)(
  'a second setup creates nothing twice after the first was killed while %s',
  async (_doing, endpoint, at) => {
    const { sandbox, setup, folder, call } = await openFolder();
    const { tenant, segment } = sandbox;
    tenant.faults.add({ endpoint, at, fault: { kind: 'hang' } });
    const input = `${tenant.issueToken()}\n${segment.writeKey}\n`;
    const args = ['setup', 'acme', '--domain', tenant.domain];
    const killed = await startProcess(args, { folder });
    killed.stdin.end(input);
    await expect.poll(() => tenant.requests[endpoint]).toBe(at);
    killed.child.kill('SIGKILL');
    expect(await killed.exit).toBeNull();
    expect((await setup(['--segment-key', '-'], input)).code).toBe(0);
    expect(tenant.clients()).toHaveLength(3);
    expect(tenant.grants()).toHaveLength(3);
    expect(JSON.parse((await call(['tenants', 'list', '--json'])).out)).toHaveLength(1);
  },
);

test('setup prints no secret and stores none unencrypted', async () => {
  const { sandbox, setup, folder } = await openFolder();
  const { clientId, clientSecret } = sandbox.tenant.administrator;
  const input = `${clientSecret}\n${sandbox.segment.writeKey}\n`;
  const said = [
    await setup(['--admin-client-id', clientId], input),
    await setup(['--json'], '', { AUTH0_MANAGEMENT_TOKEN: sandbox.tenant.issueToken(['read:clients']) }),
  ];
  const seen = JSON.stringify(said) + (await contentsOf(folder));
  for (const secret of secretsOf(sandbox, clientSecret)) expect(seen).not.toContain(secret);
});

test('setup --json lists the steps before a refusal', async () => {
  const { sandbox, setup } = await openFolder();
  const token = sandbox.tenant.issueToken(['read:clients', 'create:clients']);
  const refused = await setup(['--json'], `${token}\n${sandbox.segment.writeKey}\n`);
  expect(refused.code).toBe(78);
  expect(JSON.parse(refused.out).steps).toMatchObject([{ step: 'application', outcome: 'created' }]);
  expect(refused.err).toContain('The token lacks the scope read:client_grants.');
});

test('setup of an application without read:logs succeeds, and its check fails', async () => {
  const { sandbox, setup } = await openFolder();
  sandbox.tenant.faults.add({
    endpoint: 'logs',
    fault: { kind: 'status', status: 403, body: '{"message":"Insufficient scope"}' },
  });
  const done = await setup([], `${sandbox.tenant.issueToken()}\n${sandbox.segment.writeKey}\n`);
  expect(done.code).toBe(1);
  expect(done.out).toContain('  Failed      read:logs: Auth0 returned 403 when reading logs');
});

test('setup --print terraform prints Terraform, sends no request and creates nothing', async () => {
  const { sandbox, setup, folder } = await openFolder();
  const printed = await setup(['--print', 'terraform', '--push', 'https://exporter.example.com']);
  expect(printed).toMatchObject({ code: 0, err: '' });
  expect(printed.out).toMatch(/^resource "auth0_log_stream" "auth0_logs_to_segment_acme" \{$/m);
  expect(sandbox.tenant.requests.statuses).toEqual({});
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  [['setup'], /The name of the tenant is missing: setup NAME/],
  [['setup', 'Acme'], /The name is "Acme"/],
  [['setup', 'acme'], /--domain is missing/],
  [['setup', 'acme', '--domain', 'https://a b'], /The domain is "a b"/],
  [['setup', 'acme', '--domain', 'a.auth0.com', '--push', 'http://a.example'], /Auth0 posts to https only/],
  [['setup', 'acme', '--domain', 'a.auth0.com', '--print', 'pulumi'], /It must be terraform/],
  [['setup', '--undo', 'acme'], /There is no tenant acme here\. Give --domain/],
  [
    ['setup', '--undo', 'acme', '--push', 'https://a.example'],
    /setup --undo has no option --push\. It belongs to the command setup\./,
  ],
  [
    ['setup', 'acme', '--keep-state'],
    /--keep-state\. It belongs to the commands setup --undo and tenants remove\./,
  ],
  [
    ['setup', 'acme', '--domain', 'a.auth0.com'],
    /must have one for each of: AUTH0_MANAGEMENT_TOKEN, SEGMENT_KEY/,
  ],
  [['run', '--undo'], /--undo\. It belongs to the command setup --undo\./],
  [['run', '--domain', 'a'], /--domain\. It belongs to the command setup\./],
  [['setup', 'acme', '--token', 'secret'], /Unknown option '--token'/],
])('setup refuses the arguments %j with a remedy', async (args, sentence) => {
  const { call } = await openFolder();
  const { code, err } = await call(args);
  expect(code).toBe(78);
  expect(err).toMatch(sentence);
});

test('setup does not show a token that is typed on a terminal', async () => {
  const { sandbox, folder } = await openFolder();
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const prompt = new PassThrough();
  const token = sandbox.tenant.issueToken();
  let shown = '';
  prompt.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  const answer = async (name: string, secret: string) => {
    await expect.poll(() => shown).toMatch(new RegExp(`${name} \\(not shown\\): $`));
    stdin.write(`${secret}\r`);
  };
  let out = '';
  const done = setUpTenant({
    setup: parseHostOptions({ ...hostOptionDefaults, DATA_DIR: folder }),
    overrides: {},
    env: {},
    clock: systemClock,
    stop: new AbortController().signal,
    name: 'acme',
    domain: sandbox.tenant.domain,
    push: '',
    adminClientId: '',
    print: '',
    command: 'node cli.mjs',
    typed: { SEGMENT_ENDPOINT: sandbox.segment.url },
    timeZone: undefined,
    isUndo: false,
    keepState: false,
    isJson: false,
    stdin,
    prompt,
    terminal: createTerminal({ write: (text) => (out += text) }, {}),
    warn: () => {},
    printJson: () => {},
  });
  await answer('AUTH0_MANAGEMENT_TOKEN', token);
  await answer('SEGMENT_KEY', sandbox.segment.writeKey);
  expect(await done).toBe(0);
  expect(shown).toBe(
    'Management API token, AUTH0_MANAGEMENT_TOKEN (not shown): \nSegment write key, SEGMENT_KEY (not shown): \n',
  );
  for (const secret of secretsOf(sandbox, token)) expect(shown + out).not.toContain(secret);
});
