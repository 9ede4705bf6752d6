import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLog } from '../../src/auth0/logs';
import { parseChoices } from '../../src/choices/read-choices';
import { type CallShape, defaultShape } from '../../src/choices/shape';
import { type ExportedLog, printedCall, toSegmentCalls } from '../../src/segment/calls';
import { limits, toSegmentUser } from '../../src/segment/profile';

const SOURCE = '00c0ffee00c0ffee';

/** The calls of logs whose user has a profile, as they leave. */
function callsOf(logs: readonly ExportedLog[], user: object | undefined, shape: CallShape) {
  const made = toSegmentCalls(
    logs,
    new Map(user ? [['auth0|1', toSegmentUser(user, 'auth0|1', shape)]] : []),
    SOURCE,
    shape,
  );
  return { ...made, sent: made.calls.map((call) => JSON.parse(printedCall(call))) };
}

const log = (fields: object = {}): ExportedLog => {
  const read = parseLog({
    log_id: '900',
    type: 's',
    date: '2026-03-01T12:00:00.000Z',
    user_id: 'auth0|1',
    ip: '203.0.113.7',
    user_agent: 'canary-agent',
    details: { secret: 'canary-details' },
    client_id: 'clientId1',
    client_name: 'Shop',
    connection: 'google-oauth2',
    connection_id: 'con_1',
    organization_id: 'org_1',
    organization_name: 'acme',
    ...fields,
  });
  if (!read) throw new Error('The log cannot be read');
  return read;
};

const user = {
  user_id: 'auth0|1',
  email: 'own@customer.example',
  given_name: 'Ada',
  identities: [{ provider: 'x', profileData: { email: 'identity@customer.example' } }],
  user_metadata: { ssn: 'secret-ssn', email: 'mine@customer.example' },
  app_metadata: { customer_id: 4711, plan: 'team' },
};

const withShape = (shape: Partial<CallShape>): CallShape => ({ ...defaultShape, ...shape });

describe('excluded fields', () => {
  test('go from the profile, from lists in it, and from what stands beside it', () => {
    const shape = withShape({
      excluded: [['user_metadata', 'ssn'], ['identities', '*', 'profileData'], ['plan']],
    });
    const { sent } = callsOf([log()], user, shape);
    const profile = {
      user_id: 'auth0|1',
      email: 'own@customer.example',
      given_name: 'Ada',
      customer_id: 4711,
    };
    expect(sent[0].traits).toEqual({ ...profile, firstName: 'Ada', identities: [{ provider: 'x' }] });
    expect(sent[1].properties).toEqual({ ...profile, identities: [{ provider: 'x' }] });
  });

  test('do not come back from where another field of their name stood behind them', () => {
    const { sent } = callsOf([log()], user, withShape({ excluded: [['email']] }));
    expect(sent[0].traits).not.toHaveProperty('email');
  });

  test('make no reserved trait, and reserved traits can be excluded themselves', () => {
    for (const excluded of [[['given_name']], [['firstName']]]) {
      expect(callsOf([log()], user, withShape({ excluded })).sent[0].traits).not.toHaveProperty('firstName');
    }
  });

  test('take no room, and are not named among what did not fit or was nested too deep', () => {
    const deep = JSON.parse(`${'['.repeat(80)}${']'.repeat(80)}`);
    const large = { ...user, user_metadata: { notes: 'x'.repeat(40_000), deep }, bio: 'y'.repeat(40_000) };
    const { trimmed, cut, sent } = callsOf(
      [log()],
      large,
      withShape({ excluded: [['user_metadata', 'notes'], ['bio'], ['deep']] }),
    );
    expect([trimmed.size, cut.size]).toEqual([0, 0]);
    expect(sent[0].traits.email).toBe('own@customer.example');
  });

  test('leave the Auth0 id as userId, also where user_id is among them', () => {
    const { sent } = callsOf([log()], user, withShape({ excluded: [['user_id']] }));
    expect([sent[1].userId, sent[1].properties.user_id]).toEqual(['auth0|1', undefined]);
  });
});

describe('the user id', () => {
  const shape = withShape({ userIdField: ['app_metadata', 'customer_id'] });

  test('is the field that is named, a number too, in every call', () => {
    const { sent, withoutUserIdField } = callsOf([log()], user, shape);
    expect([sent.map(({ userId }) => userId), withoutUserIdField]).toEqual([['4711', '4711'], 0]);
  });

  test.each([undefined, '', ' ', null, true, {}, ['x']])(
    'is that of Auth0, and counted, where it is %j',
    (odd) => {
      const { sent, withoutUserIdField } = callsOf(
        [log()],
        { ...user, app_metadata: { customer_id: odd } },
        shape,
      );
      expect([sent.map(({ userId }) => userId), withoutUserIdField]).toEqual([['auth0|1', 'auth0|1'], 1]);
    },
  );

  test('is that of Auth0, and counted, where the user is gone', () => {
    const { sent, withoutUserIdField } = callsOf([log()], undefined, shape);
    expect([sent.map(({ userId }) => userId), withoutUserIdField]).toEqual([['auth0|1'], 1]);
  });

  test('does not change a messageId, as nothing does', () => {
    const all = { ...shape, excluded: [['email']], groups: true, loginContext: true };
    const ids = (chosen: CallShape) => callsOf([log()], user, chosen).sent.map(({ messageId }) => messageId);
    expect(ids(all).filter((id) => !id.includes('group'))).toEqual(ids(defaultShape));
  });
});

describe('organizations', () => {
  const shape = withShape({ groups: true });

  test('have their room, with application and connection, in a track whose profile fills it', () => {
    const full = { ...user, user_metadata: {} as Record<string, string> };
    for (let field = 0; field < 700; field += 1) full.user_metadata[`field ${field}`] = 'x'.repeat(40);
    const long = { client_id: 'c'.repeat(400), client_name: 'n'.repeat(400), connection: 'k'.repeat(400) };
    const { calls, unsendable } = callsOf([log(long)], full, { ...shape, loginContext: true });
    expect([unsendable, calls.length]).toEqual([[], 3]);
    expect(Math.max(...calls.map(({ bytes }) => bytes))).toBeGreaterThan(limits.eventBytes - 4_000);
  });

  test('are the groupId of tracks, and one group call each in a batch, made from the first log', () => {
    const logs = [
      log(),
      log({ log_id: '901' }),
      log({ log_id: '902', organization_id: 'org_2', organization_name: '' }),
    ];
    const { sent } = callsOf(logs, user, shape);
    expect(sent.filter(({ type }) => type === 'group')).toEqual([
      expect.objectContaining({
        groupId: 'org_1',
        userId: 'auth0|1',
        traits: { name: 'acme' },
        messageId: `auth0-group-900-${SOURCE}`,
      }),
      expect.objectContaining({ groupId: 'org_2', traits: {}, messageId: `auth0-group-902-${SOURCE}` }),
    ]);
    expect(sent.filter(({ type }) => type === 'track').map(({ context }) => context?.groupId)).toEqual([
      'org_1',
      'org_1',
      'org_2',
    ]);
  });

  test('of a failed login count only where Auth0 knows their name: anything may have been asked for', () => {
    const asked = log({ type: 'f', organization_id: 'anything', organization_name: '' });
    const { sent } = callsOf([asked, log({ log_id: '901', type: 'f' })], user, shape);
    expect(sent.map(({ groupId, context }) => groupId ?? context?.groupId)).toEqual([
      undefined,
      'org_1',
      undefined,
      'org_1',
    ]);
  });
});

test('application and connection become properties, in place of fields of their names in the profile', () => {
  const own = { ...user, app_metadata: { auth0_client: 'mine' } };
  const { sent } = callsOf(
    [log(), log({ log_id: '901', client_id: undefined, connection: '' })],
    own,
    withShape({ loginContext: true }),
  );
  expect(sent[1].properties).toMatchObject({
    auth0_client: { id: 'clientId1', name: 'Shop' },
    auth0_connection: 'google-oauth2',
  });
  expect(sent[2].properties).not.toHaveProperty('auth0_client');
  expect(sent[2].properties).not.toHaveProperty('auth0_connection');
  expect(sent[0].traits.auth0_client).toBe('mine');
});

describe('in any combination, for any profile and logs', () => {
  const names = [
    'email',
    'given_name',
    'picture',
    'username',
    'a',
    'b',
    'identities',
    'customer_id',
    'auth0_client',
  ];
  const leaf = fc.constantFrom('', 'x', 7, true, null, 'y'.repeat(12_000), 'zäöü'.repeat(5_000));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 5 }),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
  }));
  const fields = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 7 });
  const profile = fc
    .record(
      {
        user_id: fc.constant('auth0|1'),
        user_metadata: fc.oneof(fields, leaf),
        app_metadata: fc.oneof(fields, leaf),
        own: fields,
      },
      { requiredKeys: ['own'] },
    )
    .map(({ own, ...rest }) => ({ ...own, ...rest }));
  const path = fc
    .array(fc.constantFrom(...names, '*', '0', 'user_metadata', 'app_metadata', 'firstName'), {
      minLength: 1,
      maxLength: 4,
    })
    .map((parts) => parts.join('.'));
  const settings = fc.record({
    SEND_IDENTIFY: fc.constantFrom('', 'true', 'false'),
    EXCLUDE_FIELDS: fc.array(path, { maxLength: 4 }).map((paths) => paths.join(',')),
    EVENT_NAMES: fc.constantFrom('', 'Auth0', 'Segment'),
    FAILED_LOGINS: fc.constantFrom('', 'All'),
    USER_ID_FIELD: fc.constantFrom(
      '',
      'user_id',
      'email',
      'app_metadata.customer_id',
      'a.b',
      'identities.0.a',
    ),
    ORGANIZATIONS: fc.constantFrom('', 'true'),
    LOGIN_CONTEXT: fc.constantFrom('', 'true'),
  });
  const text = fc.constantFrom(undefined, '', 'org_1', 'Shop', 'ü'.repeat(300), '"'.repeat(600));
  const logs = fc.array(
    fc.record({
      type: fc.constantFrom('s', 'ss', 'f', 'fp', 'fu'),
      client_id: text,
      client_name: text,
      connection: text,
      organization_id: text,
      organization_name: text,
    }),
    { minLength: 1, maxLength: 4 },
  );

  /** Puts a text that is found again into every leaf that one of the paths leads to, in the profile or beside it. */
  function mark(value: unknown, at: readonly string[], paths: readonly (readonly string[])[]): unknown {
    const reads = [at, ...(/^(user|app)_metadata$/.test(at[0] ?? '') ? [at.slice(1)] : [])];
    const isHit = reads.some((names) =>
      paths.some(
        (one) =>
          one.length <= names.length && one.every((name, level) => name === '*' || name === names[level]),
      ),
    );
    if (Array.isArray(value)) return value.map((item, index) => mark(item, [...at, String(index)], paths));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([name, field]) => [name, mark(field, [...at, name], paths)]),
      );
    }
    return isHit && at.length > 0 ? 'canary-excluded' : value;
  }

  test('nothing excluded leaves, nor ip, user agent or details, and Segment accepts every call', () => {
    fc.assert(
      fc.property(profile, logs, settings, (anyProfile, anyLogs, chosen) => {
        const { choices, problems } = parseChoices((name) => (chosen as Record<string, string>)[name] ?? '');
        fc.pre(problems.length === 0);
        const marked = mark(anyProfile, [], choices.shape.excluded) as object;
        const { sent, calls, trimmed, cut, unsendable } = callsOf(
          anyLogs.map((fields, index) => log({ log_id: String(900 + index), ...fields })),
          marked,
          choices.shape,
        );
        const said = JSON.stringify([sent, [...trimmed], [...cut], unsendable]);
        expect(said).not.toMatch(/canary|203\.0\.113/);
        expect(sent.filter(({ type }) => type === 'track').length + unsendable.length).toBe(anyLogs.length);
        for (const [index, call] of calls.entries()) {
          const { logId: _, ...leaves } = sent[index];
          expect(Buffer.byteLength(JSON.stringify(leaves))).toBeLessThanOrEqual(call.bytes);
          expect(call.bytes).toBeLessThanOrEqual(limits.eventBytes);
          expect(call.messageId.length).toBeLessThan(100);
          expect(call.userId).not.toBe('');
          if (call.type === 'track') expect(call.event).toMatch(/^(Success|Failed|Signed|Login) /);
          if (call.type === 'group') expect(call.groupId).not.toBe('');
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
