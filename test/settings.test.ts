import { describe, expect, test } from 'vitest';
import { defaultSelection, defaultShape } from '../src/choices/shape';
import { bareDomain, parseSettings } from '../src/settings';

const installed = {
  AUTH0_DOMAIN: 'tenant.eu.auth0.com',
  AUTH0_CLIENT_ID: 'client-id',
  AUTH0_CLIENT_SECRET: 'client-secret',
  SEGMENT_KEY: 'write-key-Xv92KdRt',
};

const parse = (config: Record<string, unknown> = {}) => {
  const all: Record<string, unknown> = { ...installed, ...config };
  return parseSettings((name) => all[name]);
};

test('what the platform passes at installation is enough', () => {
  // The platform passes settings that were left empty as empty strings.
  const left = {
    BATCH_SIZE: '',
    START_FROM: '',
    SLACK_INCOMING_WEBHOOK: '',
    SLACK_SEND_SUCCESS: '',
    SLACK_DAILY_REPORT: '',
    SEGMENT_REGION: '',
  };
  for (const config of [{}, left]) {
    expect(parse(config)).toEqual({
      settings: {
        tenant: { domain: 'tenant.eu.auth0.com', clientId: 'client-id', clientSecret: 'client-secret' },
        segment: { writeKey: 'write-key-Xv92KdRt', endpoint: 'https://api.segment.io' },
        batchSize: 100,
        startFrom: '',
        selection: defaultSelection,
        shape: defaultShape,
        chosen: {},
      },
      tenant: { domain: 'tenant.eu.auth0.com', clientId: 'client-id', clientSecret: 'client-secret' },
      slack: { webhook: undefined, sendSuccess: false, dailyReport: false },
      problems: [],
      warnings: [],
    });
  }
});

describe('BATCH_SIZE', () => {
  test.each([
    ['', 100],
    ['   ', 100],
    ['1', 1],
    ['7', 7],
    ['50', 50],
    ['100', 100],
    [' 20 ', 20],
    ['007', 7],
    [20, 20],
    [undefined, 100],
    [null, 100],
  ])('%j is %i', (value, size) => {
    const { settings, problems, warnings } = parse({ BATCH_SIZE: value });
    expect([settings?.batchSize, problems, warnings]).toEqual([size, [], []]);
  });

  test.each(['101', '250', '99999999999999999999999999', '9'.repeat(400)])(
    'above 100 is 100, with a warning (%.30s)',
    (value) => {
      const { settings, problems, warnings } = parse({ BATCH_SIZE: value });
      expect([settings?.batchSize, problems]).toEqual([100, []]);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/^BATCH_SIZE is "\d+…?", more than the maximum of 100: 100 is used\.$/);
      expect(warnings[0]?.length).toBeLessThan(160);
    },
  );

  test.each(['abc', '0', '000', '-3', '12.5', '1e2', '+5', '5 0', '0x10', '٥', 'NaN', 'Infinity', '1,000'])(
    '%j stops the run, naming value and range',
    (value) => {
      const { settings, problems } = parse({ BATCH_SIZE: value });
      expect(settings).toBeUndefined();
      expect(problems).toEqual([`BATCH_SIZE is "${value}". It must be a whole number from 1 to 100.`]);
    },
  );

  test('12.5 stops the run as a number too', () => {
    expect(parse({ BATCH_SIZE: 12.5 }).problems).toHaveLength(1);
  });
});

describe('what is required', () => {
  test.each(['AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET', 'SEGMENT_KEY'])(
    'the run stops without %s, naming it and the remedy',
    (name) => {
      for (const value of [undefined, '', '  ', {}, null]) {
        const { settings, problems } = parse({ [name]: value });
        expect(settings).toBeUndefined();
        expect(problems).toHaveLength(1);
        expect(problems[0]).toMatch(new RegExp(`^${name} is missing\\. .{20}`));
      }
    },
  );

  test('everything that is wrong is said at once', () => {
    const { settings, problems, warnings } = parseSettings(
      (name) =>
        ({ BATCH_SIZE: 'x', SEGMENT_REGION: 'ASIA', SLACK_INCOMING_WEBHOOK: 'hooks.slack.com/x' })[name],
    );
    expect(settings).toBeUndefined();
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'AUTH0_DOMAIN',
      'AUTH0_CLIENT_ID',
      'AUTH0_CLIENT_SECRET',
      'SEGMENT_KEY',
      'BATCH_SIZE',
      'SEGMENT_REGION',
    ]);
    expect(warnings.map((warning) => warning.split(' ')[0])).toEqual(['SLACK_INCOMING_WEBHOOK']);
  });

  test('blanks around a value, as they are pasted, do not count', () => {
    const { settings } = parse({ SEGMENT_KEY: ' write-key-Xv92KdRt\n', START_FROM: '\t9002 ' });
    expect([settings?.segment.writeKey, settings?.startFrom]).toEqual(['write-key-Xv92KdRt', '9002']);
  });
});

describe('AUTH0_DOMAIN', () => {
  test.each([
    'tenant.auth0.com',
    'tenant.eu.auth0.com',
    'login.example.co.uk',
    'my-tenant-1.us.auth0.com',
    'localhost',
    'localhost:3000',
    '127.0.0.1:49152',
  ])('%s is one', (domain) => {
    expect(parse({ AUTH0_DOMAIN: domain }).settings?.tenant.domain).toBe(domain);
  });

  test.each([
    ['TENANT.Auth0.com', 'tenant.auth0.com'],
    ['https://Tenant.Auth0.com./', 'tenant.auth0.com'],
    ['Müller.example', 'xn--mller-kva.example'],
  ])('%s is the domain %s, as which Auth0 knows the audience', (entered, domain) => {
    expect(parse({ AUTH0_DOMAIN: entered }).settings?.tenant.domain).toBe(domain);
  });

  test.each([
    'tenant.auth0.com/path',
    'tenant.auth0.com/api/v2',
    'tenant.auth0.com:443',
    'tenant.auth0.com?x',
    'user@tenant.auth0.com',
    'tenant auth0 com',
    'tenant..auth0.com',
    '.auth0.com',
    '-tenant.auth0.com',
    'localhost:',
    'localhost:http',
    'localhost:1:2',
    'tenant.auth0.com\nx',
  ])('%j is none: the run stops and says what it must be', (domain) => {
    const { settings, problems } = parse({ AUTH0_DOMAIN: domain });
    expect(settings).toBeUndefined();
    expect(problems).toEqual([
      `AUTH0_DOMAIN is ${JSON.stringify(domain)}. It must be the tenant's domain alone, such as tenant.eu.auth0.com, without https:// and without a path.`,
    ]);
  });
});

describe('SEGMENT_KEY', () => {
  test.each(['abcdefghij123456', 'a'.repeat(64), '9hTq-2_VbXc7LpRw0sKd5ZyA'])(
    '%s can be a write key',
    (key) => {
      expect(parse({ SEGMENT_KEY: key }).settings?.segment.writeKey).toBe(key);
    },
  );

  test.each([
    ['"hiddenKeyOf24Characters"', 'has quotes in it'],
    ["'hiddenKeyOf24Characters'", 'has quotes in it'],
    ['“hiddenKeyOf24Characters”', 'has quotes in it'],
    ['hiddenKeyOf24 Characters', 'has a space in it'],
    ['SEGMENT_KEY=hiddenKeyOf24', 'has an equals sign in it'],
    ['https://app.segment.com/hiddenKey', 'is a URL'],
    ['hiddenKeyОfCyrillic', 'has a character in it that is no Latin letter'],
    ['hiddenKey/of+24Characters', 'has a character in it that is no letter, digit, hyphen or underscore'],
    ['hiddenKeyShort', 'has 14 characters instead of 16 to 64'],
    ['hiddenKey'.repeat(8), 'has 72 characters instead of 16 to 64'],
  ])('%s stops the run, and the message has the fault, one remedy and no part of the key', (key, fault) => {
    const { settings, problems } = parse({ SEGMENT_KEY: key });
    expect(settings).toBeUndefined();
    expect(problems).toEqual([
      `SEGMENT_KEY ${fault}, so it can't be a write key. Copy the write key of the Segment source (Connections > Sources > your source > Settings > API Keys).`,
    ]);
    expect(problems.join()).not.toContain('hidden');
  });
});

describe('SEGMENT_REGION', () => {
  test.each([
    ['US', 'https://api.segment.io'],
    ['', 'https://api.segment.io'],
    ['us', 'https://api.segment.io'],
    ['EU', 'https://events.eu1.segmentapis.com'],
    [' eu ', 'https://events.eu1.segmentapis.com'],
  ])('%j sends to %s', (region, endpoint) => {
    expect(parse({ SEGMENT_REGION: region }).settings?.segment.endpoint).toBe(endpoint);
  });

  test.each(['ASIA', 'EU1', 'us-east-1', 'constructor', '__proto__', 'toString'])(
    '%s stops the run, naming the two that there are',
    (region) => {
      const { settings, problems } = parse({ SEGMENT_REGION: region });
      expect(settings).toBeUndefined();
      expect(problems).toEqual([
        `SEGMENT_REGION is "${region}". It must be US or EU, the region of the Segment workspace.`,
      ]);
    },
  );
});

describe('SEGMENT_ENDPOINT', () => {
  test.each(['http://127.0.0.1:3000', 'http://localhost:3000', 'http://[::1]:3000', 'https://127.0.0.1'])(
    'a sandbox on this machine may stand in for Segment (%s)',
    (endpoint) => {
      const { settings, warnings } = parse({ SEGMENT_ENDPOINT: endpoint });
      expect([settings?.segment.endpoint, warnings]).toEqual([endpoint, []]);
    },
  );

  test.each([
    'https://collector.example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://127.0.0.1@example.com',
    'http://example.com#127.0.0.1',
    'http://10.0.0.1',
    'ftp://127.0.0.1',
    '127.0.0.1:3000',
    'nonsense',
  ])('nothing else may, and that is said (%s)', (endpoint) => {
    const { settings, warnings } = parse({ SEGMENT_ENDPOINT: endpoint, SEGMENT_REGION: 'EU' });
    expect(settings?.segment.endpoint).toBe('https://events.eu1.segmentapis.com');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^SEGMENT_ENDPOINT is ignored/);
  });
});

describe('Slack', () => {
  const hook = 'https://hooks.slack.com/services/T0/B0/secret';

  test.each([
    [{ SLACK_INCOMING_WEBHOOK: hook }],
    [{ SLACK_INCOMING_WEBHOOK: ` ${hook}\n` }],
    [{ SLACK_INCOMING_WEBHOOK_URL: hook }],
    [{ SLACK_INCOMING_WEBHOOK: '', SLACK_INCOMING_WEBHOOK_URL: hook }],
    [{ SLACK_INCOMING_WEBHOOK: hook, SLACK_INCOMING_WEBHOOK_URL: 'https://former.example.com' }],
  ])('the webhook is taken from either name, the present one first (%j)', (config) => {
    const { slack, warnings } = parse(config);
    expect([slack.webhook, warnings]).toEqual([hook, []]);
  });

  test('a sandbox on this machine needs no https', () => {
    expect(parse({ SLACK_INCOMING_WEBHOOK: 'http://127.0.0.1:8080/services/x' }).slack.webhook).toBe(
      'http://127.0.0.1:8080/services/x',
    );
  });

  test.each([
    [hook, ''],
    ['https://HOOKS.slack.com:443/services/T0/B0/secret', ''],
    ['https://hooks.slack-gov.com/services/T0/B0/secret', ''],
    ['https://chat.example.com/hooks/secret', 'other.example.com, Chat.Example.com'],
    ['https://Hooks.Slack.com./services/secret', ''],
    ['https://xn--mller-kva.example/hooks/secret', 'Müller.example.'],
    ['https://chat.example.com:8065/hooks/secret', 'chat.example.com:8065'],
  ])('reports go to Slack, and to hosts that the operator has named (%s, %j)', (webhook, allowed) => {
    const { slack, warnings } = parse({ SLACK_INCOMING_WEBHOOK: webhook, ALLOWED_SLACK_HOSTS: allowed });
    expect([slack.webhook, warnings]).toEqual([webhook, []]);
  });

  test.each([
    ['https://evil.example/services/T0/B0/secret', ''],
    ['https://hooks.slack.com.evil.example/services/secret', ''],
    ['https://evil.example/hooks.slack.com/secret', ''],
    ['https://hooks.slack.com@evil.example/secret', ''],
    ['https://hooks.slack.com:8443/services/secret', ''],
    ['https://169.254.169.254/secret', ''],
    ['https://chat.example.com:8065/hooks/secret', 'chat.example.com'],
    ['https://sub.chat.example.com/hooks/secret', 'chat.example.com'],
    ['https://chat.example.com/hooks/secret', '*.example.com'],
  ])('nowhere else: %s with %j is a warning that names the host and what to do', (webhook, allowed) => {
    const { settings, slack, warnings } = parse({
      SLACK_INCOMING_WEBHOOK: webhook,
      ALLOWED_SLACK_HOSTS: allowed,
    });
    expect(settings).toBeDefined();
    expect(slack.webhook).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringMatching(
        /^SLACK_INCOMING_WEBHOOK leads to "[\w.:-]+", which is not Slack's .* ALLOWED_SLACK_HOSTS/,
      ),
    ]);
    expect(warnings[0]).toContain(JSON.stringify(new URL(webhook).host));
    expect(warnings[0]).not.toContain('secret');
  });

  test.each([
    'http://hooks.slack.com/services/T0/B0/secret',
    'hooks.slack.com/services/T0/B0/secret',
    'secret-x',
  ])('what is no https URL is a warning that does not repeat it, and the export continues (%s)', (value) => {
    for (const name of ['SLACK_INCOMING_WEBHOOK', 'SLACK_INCOMING_WEBHOOK_URL']) {
      const { settings, slack, problems, warnings } = parse({ [name]: value });
      expect(settings).toBeDefined();
      expect([slack.webhook, problems]).toEqual([undefined, []]);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/^SLACK_INCOMING_WEBHOOK is not an https URL/);
      expect(warnings[0]).not.toContain('secret');
    }
  });

  test.each([
    ['Yes', true],
    ['yes', true],
    ['true', true],
    [true, true],
    ['1', true],
    ['No', false],
    ['', false],
    ['false', false],
    ['0', false],
    ['nonsense', false],
  ])('%j for a switch is %s', (value, on) => {
    const { slack } = parse({ SLACK_SEND_SUCCESS: value, SLACK_DAILY_REPORT: value });
    expect([slack.sendSuccess, slack.dailyReport]).toEqual([on, on]);
  });

  test('a word for a switch that is neither Yes nor No gives a warning that names it, and nothing else', () => {
    const { settings, warnings } = parse({ SLACK_SEND_SUCCESS: 'maybe', SLACK_DAILY_REPORT: 'No' });
    expect(warnings).toEqual(['SLACK_SEND_SUCCESS is "maybe". It must be Yes or No. It counts as No.']);
    expect(settings).toBeDefined();
  });

  test('where to report is known even when the other settings are wrong', () => {
    const { settings, slack } = parse({
      SEGMENT_KEY: '',
      SLACK_INCOMING_WEBHOOK: hook,
      SLACK_SEND_SUCCESS: 'Yes',
    });
    expect(settings).toBeUndefined();
    expect(slack).toEqual({ webhook: hook, sendSuccess: true, dailyReport: false });
  });
});

test.each([
  'https://tenant.auth0.com/',
  'https://tenant.auth0.com',
  'HTTPS://tenant.auth0.com//',
  'tenant.auth0.com/',
  ' tenant.auth0.com ',
])('a domain that was pasted as %j is understood', (domain) => {
  expect(bareDomain(domain)).toBe('tenant.auth0.com');
});
