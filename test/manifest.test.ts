import { describe, expect, test } from 'vitest';
import { validate } from 'webtask-json-validator';
import manifestPackage from '../package.json' with { type: 'json' };
import lockfile from '../package-lock.json' with { type: 'json' };
import { parseSettings } from '../src/settings';
import manifest from '../webtask.json' with { type: 'json' };

interface Entry {
  description: string;
  type?: string;
  default?: string;
  former?: string;
  required?: boolean;
  options?: { value: string; text: string }[];
}

const secrets = Object.entries<Entry>(manifest.secrets);
const { version, name, description, author, keywords } = manifest;

const required: Record<string, string> = {
  AUTH0_DOMAIN: 'tenant.auth0.com',
  AUTH0_CLIENT_ID: 'x',
  AUTH0_CLIENT_SECRET: 'x',
  SEGMENT_KEY: 'write-key-Xv92KdRt',
};

const described = (entries: object) => ({
  version,
  name,
  description,
  author,
  keywords,
  repository: manifest.repository,
  // Its rule for schedules knows five fields only, so the extension is shown to it without one.
  'auth0-extension': { title: manifest.title, type: 'application', secrets: entries },
});

describe('the settings in the manifest', () => {
  test.each(secrets)('%s passes Auth0’s rules', (setting, entry) => {
    expect(validate(described({ [setting]: entry }), true)).toEqual({ isValid: true, errors: null });
  });

  test('those rules are really asked', () => {
    expect(validate(described({ BATCH_SIZE: { description: 'x', default: 100 } }), true).isValid).toBe(false);
    expect(validate(described({ BATCH_SIZE: { description: 'x', type: 'select' } }), true).isValid).toBe(
      false,
    );
  });

  test('are those that a run reads, besides what the platform passes and what only other hosts set', () => {
    const read = new Set<string>();
    parseSettings((setting) => {
      read.add(setting);
      return required[setting];
    });
    const elsewhere = ['AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET', 'SEGMENT_ENDPOINT'];
    for (const setting of elsewhere) expect(read.delete(setting)).toBe(true);
    const named = secrets.flatMap(([setting, { former }]) => [setting, ...(former ? [former] : [])]);
    expect([...read].sort()).toEqual(named.sort());
  });

  test('keep their secrets covered', () => {
    expect(manifest.secrets.SEGMENT_KEY).toMatchObject({ type: 'password', required: true });
    expect(manifest.secrets.SLACK_INCOMING_WEBHOOK).toMatchObject({
      type: 'password',
      former: 'SLACK_INCOMING_WEBHOOK_URL',
    });
  });

  test('offer choices of which the default is one, and each is understood', () => {
    for (const [setting, entry] of secrets) {
      const choices = entry.options?.map(({ value }) => value);
      if (choices) expect(choices).toContain(entry.default);
      for (const value of choices ?? []) {
        const { problems, warnings } = parseSettings((key) => ({ ...required, [setting]: value })[key]);
        expect([problems, warnings]).toEqual([[], []]);
      }
    }
  });

  test('turn on and off with the values that Auth0’s own extension had, and with the words shown for them', () => {
    const { SLACK_SEND_SUCCESS, SLACK_DAILY_REPORT } = manifest.secrets;
    for (const entry of [SLACK_SEND_SUCCESS, SLACK_DAILY_REPORT]) {
      expect(entry).toMatchObject({
        default: 'false',
        options: [
          { value: 'true', text: 'Yes' },
          { value: 'false', text: 'No' },
        ],
      });
    }
    for (const [value, isOn] of [
      ['true', true],
      ['Yes', true],
      ['false', false],
      ['No', false],
    ] as const) {
      const { slack } = parseSettings((key) => ({ ...required, SLACK_SEND_SUCCESS: value })[key]);
      expect(slack.sendSuccess).toBe(isOn);
    }
  });

  test('have the defaults that a run has without them', () => {
    const defaults = Object.fromEntries(secrets.map(([setting, entry]) => [setting, entry.default ?? '']));
    const without = parseSettings((key) => required[key]);
    const shown = parseSettings((key) => ({ ...defaults, ...required })[key]);
    expect(shown).toEqual(without);
    expect(shown.problems).toEqual([]);
  });
});

describe('the manifest', () => {
  test('is of the same version and name as the package', () => {
    expect(manifest.version).toBe(manifestPackage.version);
    expect(manifest.name).toBe(manifestPackage.name);
    expect([lockfile.version, lockfile.packages[''].version]).toEqual([version, version]);
  });

  test('is newer than the last version of Auth0’s own extension, 2.1.3, which it replaces', () => {
    expect(Number(version.split('.')[0])).toBeGreaterThan(2);
  });

  test('names the repository that it is installed from, as Auth0’s rules allow', () => {
    expect(manifest.repository).toMatch(/^https:\/\/github\.com\/[\w-]+\/[\w-]+$/);
    expect(manifestPackage.repository.url).toBe(`git+${manifest.repository}.git`);
    expect(validate(described(manifest.secrets), true)).toEqual({ isValid: true, errors: null });
    expect(validate({ ...described(manifest.secrets), repository: 7 }, true).isValid).toBe(false);
  });

  test('asks for a client that may do what is done with it, every five minutes', () => {
    expect(manifest).toMatchObject({
      title: 'Auth0 Logs to Segment',
      name: 'auth0-logs-to-segment',
      type: 'cron',
      category: 'log_export',
      initialUrlPath: '/login',
      schedule: '0 */5 * * * *',
      auth0: {
        createClient: true,
        onUninstallPath: '/.extensions/on-uninstall',
        scopes: 'read:logs read:users delete:clients',
      },
    });
  });
});
