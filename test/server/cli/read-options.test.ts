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

test('values of the environment in quotes are one error that names every variable and no value', async () => {
  const folder = await temporaryFolder();
  const read = (env: Record<string, string>) => readOptions({ flags: {}, env, folder });
  const env = {
    AUTH0_DOMAIN: '"tenant.eu.auth0.com"',
    SEGMENT_KEY: "'hidden-write-key'",
    DASHBOARD_PASSWORD: '"hidden password"',
    ALLOWED_SLACK_HOSTS: ' "chat.example.com" ',
    CLIENTS: '"Shop',
    PORT: '3001',
  };
  expect(() => read(env)).toThrow(
    /^AUTH0_DOMAIN, SEGMENT_KEY, DASHBOARD_PASSWORD, ALLOWED_SLACK_HOSTS are in quotes in the environment, .* Take the quotes away\.$/,
  );
  expect(() => read(env)).not.toThrow(/hidden/);
  expect(() => read({ PORT: '""' })).toThrow(/^PORT is in quotes/);
  expect(read({ CLIENTS: '"A", "B"' }).overrides).toEqual({ CLIENTS: '"A", "B"' });
});

test('host names of the environment are read in lower case and without a trailing dot', async () => {
  const folder = await temporaryFolder();
  const env = { AUTH0_DOMAIN: 'Tenant.EU.Auth0.com.', DASHBOARD_URL: 'https://Exporter.Example.com.:8443/' };
  const { overrides, host } = readOptions({ flags: {}, env, folder });
  expect(overrides.AUTH0_DOMAIN).toBe('tenant.eu.auth0.com');
  expect(parseHostOptions(host).publicUrl).toBe('https://exporter.example.com:8443');
});
