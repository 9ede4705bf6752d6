import { expect, test } from 'vitest';
import { readOptions } from '../../../server/cli/options';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { temporaryFolder } from '../../support/temporary-folder';
import { openSandbox } from '../sandbox/open-sandbox';
import { dashboardClient } from './dashboard-client';
import { lookInto } from './look-into';
import { startProcess } from './start-process';

async function install() {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 50, users: 5 }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  const start = async (more: Record<string, string>, folder?: string) => {
    const running = await startProcess(['start'], {
      env: { ...env, ...more },
      ...(folder ? { folder } : {}),
    });
    await running.says(/Next run/);
    return running;
  };
  return { sandbox, env, start };
}

test('SCHEDULE_TIMEZONE alone is honoured, on a new installation and on an existing one', async () => {
  const { start } = await install();
  const first = await start({ SCHEDULE_TIMEZONE: 'Europe/Berlin' });
  expect((await lookInto(first.folder)).tenant.timeZone).toBe('Europe/Berlin');
  first.child.kill('SIGTERM');
  await first.exit;
  const second = await start({ SCHEDULE_TIMEZONE: 'Asia/Tokyo' }, first.folder);
  const { tenant } = await lookInto(first.folder);
  expect(tenant).toMatchObject({ timeZone: 'Asia/Tokyo', schedule: '0 */5 * * * *' });
  second.child.kill('SIGTERM');
  await second.exit;
  await start({}, first.folder);
  expect((await lookInto(first.folder)).tenant.timeZone).toBe('Asia/Tokyo');
}, 60_000);

test('a webhook given under its former name goes before a saved one', async () => {
  const { sandbox, env } = await install();
  const { SLACK_INCOMING_WEBHOOK: webhook = '', ...rest } = env;
  const saved = 'https://hooks.slack.com/services/T0/B0/saved-elsewhere';
  const first = await startProcess(['start'], { env: rest });
  const [, url = ''] = await first.says(/Dashboard +(http:\S+)[\s\S]*Next run/);
  const client = await dashboardClient(url);
  const path = '/api/tenants/default/settings';
  expect(await client.post(path, { settings: { SLACK_INCOMING_WEBHOOK: saved } })).toBe(204);
  first.child.kill('SIGTERM');
  await first.exit;
  expect((await lookInto(first.folder)).tenant.settings.SLACK_INCOMING_WEBHOOK).toMatch(/^jwe:/);

  sandbox.tenant.addLogs([{ type: 's' }]);
  const overrides = { ...rest, SLACK_INCOMING_WEBHOOK_URL: webhook, SLACK_SEND_SUCCESS: 'Yes' };
  const run = await startProcess(['run'], { env: overrides, folder: first.folder });
  expect(await run.exit).toBe(0);
  expect(sandbox.slack.messages).toHaveLength(1);
}, 60_000);

test('a source that goes before another does so under either name of a setting', async () => {
  const folder = await temporaryFolder();
  const read = (flags: Record<string, string>, env: Record<string, string>) =>
    readOptions({ flags, env, folder }).overrides;
  const flags = { SLACK_INCOMING_WEBHOOK_URL: 'https://flag.example' };
  expect(read(flags, { SLACK_INCOMING_WEBHOOK: 'https://env.example' })).toEqual({
    SLACK_INCOMING_WEBHOOK: 'https://flag.example',
  });
  const both = { ...flags, SLACK_INCOMING_WEBHOOK: 'https://present.example' };
  expect(read({}, both)).toEqual({ SLACK_INCOMING_WEBHOOK: 'https://present.example' });
});
