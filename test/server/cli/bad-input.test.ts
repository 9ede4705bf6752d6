import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder';
import { type CommandOptions, runInProcess } from './run-in-process';

const tenant = {
  AUTH0_DOMAIN: 'tenant.invalid',
  AUTH0_CLIENT_ID: 'client',
  AUTH0_CLIENT_SECRET: 'secret-secret',
  SEGMENT_KEY: 'write-key-Xv92KdRt',
};

/** Expects that a command ends with a sentence, without a stack trace or a secret. */
async function expectRefusal(args: string[], code: number, words: RegExp, options: CommandOptions = {}) {
  const ended = await runInProcess(args, options);
  expect(ended.code).toBe(code);
  expect(ended.err).toMatch(words);
  expect(ended.err).not.toMatch(/\n +at /);
  expect(ended.err).not.toContain('secret-secret');
}

describe('settings', () => {
  test.each([
    [{ AUTH0_DOMAIN: 'a.auth0.com' }, /AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET and SEGMENT_KEY are missing/],
    [
      { SEGMENT_KEY: 'write-key-Xv92KdRt' },
      /AUTH0_DOMAIN, AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET are missing; SEGMENT_KEY is/,
    ],
    [{ ...tenant, AUTH0_DOMAIN: '' }, /AUTH0_DOMAIN, the tenant that it is for, is not\. Give AUTH0_DOMAIN/],
    [{ ...tenant, SEGMENT_KEY: '' }, /SEGMENT_KEY is missing/],
    [{ ...tenant, AUTH0_DOMAIN: 'https://a.auth0.com/x' }, /AUTH0_DOMAIN is "https:\/\/a\.auth0\.com\/x"/],
    [{ ...tenant, BATCH_SIZE: 'abc' }, /BATCH_SIZE is "abc"\. It must be a whole number from 1 to 100/],
    [{ ...tenant, SEGMENT_REGION: 'APAC' }, /SEGMENT_REGION is "APAC"\. It must be US or EU/],
    [
      { ...tenant, MAX_RUN_SECONDS: '1' },
      /MAX_RUN_SECONDS is "1"\. It must be a whole number from 5 to 86400/,
    ],
    [{ ...tenant, SLACK_SEND_SUCCESS: 'maybe' }, /SLACK_SEND_SUCCESS is "maybe"\. It must be Yes or No/],
    [{ PORT: 'abc' }, /PORT is "abc"/],
    [{ PORT: '70000' }, /PORT is "70000"/],
    [{ ADDRESS: 'here' }, /ADDRESS is "here"/],
    [{ ADDRESS: '0.0.0.0' }, /DASHBOARD_PASSWORD is empty/],
    [{ DASHBOARD_URL: 'exporter' }, /DASHBOARD_URL is "exporter"/],
    [{ DASHBOARD_PASSWORD: 'short' }, /at least 12/],
    [{ DASHBOARD_PASSWORD: 'password1234' }, /DASHBOARD_PASSWORD is one of the common passwords/],
    [{ TRUST_PROXY: 'everybody' }, /TRUST_PROXY is "everybody"\. It must be how many proxies/],
    [{ TRUST_PROXY: '0' }, /TRUST_PROXY is "0"/],
    [{ METRICS_TOKEN: 'short' }, /METRICS_TOKEN has 5 characters\. It must have at least 32/],
    [{ SESSION_IDLE_MINUTES: 'never' }, /SESSION_IDLE_MINUTES is "never"\. It must be a whole number/],
    [{ SHOW_LAST_EVENTS: 'yes' }, /SHOW_LAST_EVENTS is "yes"\. It must be true or false/],
    [{ SCHEDULE: 'hourly' }, /SCHEDULE cannot be used\. .*needs five fields/],
    [{ SCHEDULE_TIMEZONE: 'Mars' }, /SCHEDULE_TIMEZONE cannot be used\. .* not known/],
    [{ DATA_DIR: '/proc/nowhere' }, /folder \/proc\/nowhere\/sandbox cannot be used \(ENOENT\).*DATA_DIR/],
    [{ DATA_DIR: '/dev/null/x' }, /cannot be used \(ENOTDIR\)/],
  ])('start refuses %j', async (env, words) => {
    await expectRefusal(['start'], 78, words, { env });
  });
});

describe('arguments', () => {
  test.each([
    [['fly'], /no command "fly"\. The commands are/],
    [['rn'], /no command "rn"\. Did you mean run\?/],
    [['run', '--drian'], /Unknown option '--drian'\. Did you mean --drain\?/],
    [['help', 'staus'], /no command "staus"\. Did you mean status\?/],
    [['run', '--fly'], /Unknown option '--fly'/],
    [['run', 'one', 'two'], /"two" is not understood/],
    [['start', 'one'], /"one" is not understood/],
    [['run', 'acme', '--all'], /--all runs every tenant once/],
    [['run', '--all', '--drain'], /--all runs every tenant once/],
    [
      ['run', '--json'],
      /run has no option --json\. It belongs to the commands status, check, preview, setup and tenants/,
    ],
    [['start', '--drain'], /start has no option --drain\. It belongs to the command run\./],
    [['run', '--batch-size'], /batch-size/],
    [['run', 'acme', '--from', '9001'], /run has no option --from\. It belongs to the command replay\./],
    [['start', '--sandbox', '--no-sandbox'], /--sandbox and --no-sandbox contradict each other/],
    [['replay'], /--from is missing/],
    [['replay', '--from', '9002', '--to', '9001'], /--to 9001 is a log before --from 9002/],
    [['replay', '--from', '9001', '--max-minutes', '0'], /--max-minutes is "0"\. It must be a whole number/],
    [['run'], /are missing\. Give them/],
  ])('the arguments %j are refused', async (args, words) => {
    await expectRefusal(args, 78, words);
  });

  test('--help prints the help of the program, or of one command, to standard output', async () => {
    for (const args of [
      ['--help'],
      ...['start', 'run', 'status', 'replay'].map((name) => [name, '--help']),
    ]) {
      const { code, out, err } = await runInProcess(args);
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(/^(?:.*\n\n)?Usage: node \/\S+build\/out\/cli\.mjs [A-Zrs]/);
      expect(out).not.toContain('auth0-logs-to-segment COMMAND');
    }
  });

  test('help calls the program by its name if it is installed under that name', async () => {
    const { code, out } = await runInProcess(['help'], { script: '/usr/local/bin/auth0-logs-to-segment' });
    expect(code).toBe(0);
    expect(out).toContain('\nUsage: auth0-logs-to-segment COMMAND [options]\n');
    expect(out).toMatch(/\nauth0-logs-to-segment help COMMAND says more about each\.\n$/);
  });
});

test('start names the port that another program uses', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    other.close();
  });
  const address = other.address();
  const port = String(typeof address === 'object' ? address?.port : '');
  await expectRefusal(['start'], 1, new RegExp(`Port ${port} is in use by another program.*PORT`), {
    env: { PORT: port },
  });
});

test('start names what is wrong in config.json, and prefers arguments and environment', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'config.json');
  await writeFile(path, '{"BATCH_SIZE": "zero", "SEGMENT_KEY": "k", ');
  await expectRefusal(['start'], 78, /config\.json cannot be read/, { folder });
  await writeFile(path, '[]');
  await expectRefusal(['start'], 78, /config\.json holds no JSON object/, { folder });
  await writeFile(path, JSON.stringify({ ...tenant, BATCH_SIZE: 'zero' }));
  await expectRefusal(['start'], 78, /BATCH_SIZE is "zero"/, { folder });
  await expectRefusal(['start', '--batch-size', 'none'], 78, /BATCH_SIZE is "none"/, { folder });
  await expectRefusal(['start'], 78, /BATCH_SIZE is "few"/, { folder, env: { BATCH_SIZE: 'few' } });
});

test.each([
  ['{\n  "AUTH0_CLIENT_SECRET": secret-secret\n}', /stops being JSON at line 2, column 26/],
  ['{"BATCH_SIZE": [50]}', /BATCH_SIZE in .*config\.json is a list\. Write its value as a text/],
  ['{"SEGMENT_KEY": {"a": 1}}', /SEGMENT_KEY in .*config\.json is an object/],
  ['{"START_FROM": null}', /START_FROM in .*config\.json is null/],
  ['{"BATCHSIZE": 50}', /has "BATCHSIZE", which is no setting\. Write BATCH_SIZE if that is meant/],
  ['{"batch-size": 50}', /has "batch-size", which is no setting\. Write BATCH_SIZE if that is meant/],
  ['{"COLOUR_OF_THE_PAGE": 1}', /has "COLOUR_OF_THE_PAGE", which is no setting\. Take it out/],
  ['\uFEFF{"BATCH_SIZE": 0.5}', /BATCH_SIZE is "0\.5"/],
  ['{"SLACK_DAILY_REPORT": "perhaps"}', /SLACK_DAILY_REPORT is "perhaps"\. It must be Yes or No/],
  [
    '{"START_FROM": 90020261122151550737000000002999}',
    /START_FROM in .*config\.json is a number with more digits than JSON keeps.*in quotes/,
  ],
])('run refuses the config.json %j', async (text, words) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'config.json'), text);
  await expectRefusal(['run'], 78, words, {
    folder,
    env: text.includes('AUTH0_CLIENT_SECRET') ? {} : tenant,
  });
});
