import { describe, expect, test } from 'vitest';
import { validate } from 'webtask-json-validator';
import manifestPackage from '../../package.json' with { type: 'json' };
import { parseSettings } from '../../src/settings/parse-settings';
import manifest from '../../webtask.json' with { type: 'json' };

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
  SEGMENT_KEY: 'x',
};

const described = (entries: object) => ({
  version,
  name,
  description,
  author,
  keywords,
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
