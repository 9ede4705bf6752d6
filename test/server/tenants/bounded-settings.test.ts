import { expect, test } from 'vitest';
import { readOptions } from '../../../server/cli/options';
import { normalized } from '../../../server/tenants/stored-settings';
import { settingProblems, settingWarnings } from '../../../server/tenants/tenant-settings';
import { parseSettings } from '../../../src/settings';

const SETTINGS = {
  AUTH0_DOMAIN: 'a.auth0.com',
  AUTH0_CLIENT_ID: 'id',
  AUTH0_CLIENT_SECRET: 'secret-1',
  SEGMENT_KEY: 'write-key-Xv92KdRt',
};

test('a BATCH_SIZE above 100 is accepted and taken for 100, with the same warning wherever it comes from', () => {
  const settings: Record<string, string> = { ...SETTINGS, BATCH_SIZE: '250' };
  const warning = 'BATCH_SIZE is "250", more than the maximum of 100: 100 is used.';
  expect(settingProblems(settings)).toEqual({});
  expect(settingWarnings(settings)).toEqual([warning]);
  const parsed = parseSettings((name) => settings[name]);
  expect([parsed.settings?.batchSize, parsed.warnings]).toEqual([100, [warning]]);
});

test('a domain that was pasted with its address is the bare one, entered or given', () => {
  const pasted = 'https://a.auth0.com/';
  expect(normalized({ AUTH0_DOMAIN: pasted })).toEqual({ AUTH0_DOMAIN: 'a.auth0.com' });
  const { overrides } = readOptions({ flags: {}, env: { AUTH0_DOMAIN: pasted }, folder: '/nowhere' });
  expect(overrides.AUTH0_DOMAIN).toBe('a.auth0.com');
  expect(parseSettings((name) => ({ ...SETTINGS, AUTH0_DOMAIN: pasted })[name]).tenant?.domain).toBe(
    'a.auth0.com',
  );
});
