import { expect, test } from 'vitest';
import { readOptions } from '../../../server/cli/options';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { temporaryFolder } from '../../support/temporary-folder';
import { openSandbox } from '../sandbox/open-sandbox';
import { dashboardClient } from './dashboard-client';
import { lookInto } from './look-into';
import { runInProcess, startCommand } from './run-in-process';

async function install() {
  const sandbox = await openSandbox({ tenant: { logs: generateLogs({ count: 50, users: 5 }) } });
  const { EXTENSION_SECRET: _, ...env } = sandbox.secrets();
  const start = async (more: Record<string, string>, folder?: string) => {
    const running = await startCommand(['start'], {
      env: { ...env, SCHEDULE_TIMEZONE: '', ...more },
      ...(folder ? { folder } : {}),
    });
    await running.prints(/Next run/);
    return running;
  };
  return { sandbox, env, start };
}

test('start applies SCHEDULE_TIMEZONE without SCHEDULE to a new and to an existing installation', async () => {
  const { start } = await install();
  const first = await start({ SCHEDULE_TIMEZONE: 'Europe/Berlin' });
  expect((await lookInto(first.folder)).tenant.timeZone).toBe('Europe/Berlin');
  await first.stop();
  const second = await start({ SCHEDULE_TIMEZONE: 'Asia/Tokyo' }, first.folder);
  const { tenant } = await lookInto(first.folder);
  expect(tenant).toMatchObject({ timeZone: 'Asia/Tokyo', schedule: '0 */5 * * * *' });
  await second.stop();
  await start({}, first.folder);
  expect((await lookInto(first.folder)).tenant.timeZone).toBe('Asia/Tokyo');
});

test('run prefers a webhook given under its former name to a stored one', async () => {
  const { sandbox, env } = await install();
  const { SLACK_INCOMING_WEBHOOK: webhook = '', ...rest } = env;
  const saved = 'https://hooks.slack.com/services/T0/B0/saved-elsewhere';
  const first = await startCommand(['start'], { env: rest });
  const [, url = ''] = await first.prints(/Dashboard +(http:\S+)[\s\S]*Next run/);
  const client = await dashboardClient(url);
  const path = '/api/tenants/default/settings';
  expect(await client.post(path, { settings: { SLACK_INCOMING_WEBHOOK: saved } })).toBe(204);
  await first.stop();
  expect((await lookInto(first.folder)).tenant.settings.SLACK_INCOMING_WEBHOOK).toMatch(/^jwe:/);

  sandbox.tenant.addLogs([{ type: 's' }]);
  const overrides = { ...rest, SLACK_INCOMING_WEBHOOK_URL: webhook, SLACK_SEND_SUCCESS: 'Yes' };
  expect((await runInProcess(['run'], { env: overrides, folder: first.folder })).code).toBe(0);
  expect(sandbox.slack.messages).toHaveLength(1);
});

test('a source of settings takes precedence under the present and the former name of a setting', async () => {
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
