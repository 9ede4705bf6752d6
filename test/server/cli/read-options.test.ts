import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseHostOptions } from '../../../server/cli/host-options';
import { readOptions } from '../../../server/cli/options';
import { temporaryFolder } from '../../support/temporary-folder';

test('where Slack reports may go is said by the environment of the process alone', async () => {
  const folder = await temporaryFolder();
  const ALLOWED_SLACK_HOSTS = 'chat.example.com';
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ALLOWED_SLACK_HOSTS }), { mode: 0o600 });
  expect(() => readOptions({ flags: {}, env: {}, folder })).toThrow(
    /which only the environment of the process/,
  );
  await rm(join(folder, 'config.json'));
  expect(readOptions({ flags: { ALLOWED_SLACK_HOSTS }, env: {}, folder }).overrides).toEqual({});
  expect(readOptions({ flags: {}, env: { ALLOWED_SLACK_HOSTS }, folder }).overrides).toEqual({
    ALLOWED_SLACK_HOSTS,
  });
});

test('last events are shown of all tenants, of none, or where nothing is said of the sandbox alone', async () => {
  const folder = await temporaryFolder();
  const shown = (env: Record<string, string>) =>
    parseHostOptions(readOptions({ flags: {}, env, folder }).host).showLastEvents;
  expect(['true', 'false', ''].map((text) => shown({ SHOW_LAST_EVENTS: text }))).toEqual([
    true,
    false,
    undefined,
  ]);
});
