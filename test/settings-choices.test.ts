import { describe, expect, test } from 'vitest';
import { defaultSelection, defaultShape, eventNames } from '../src/choices/shape';
import { parseSettings } from '../src/settings';

const parse = (chosen: Record<string, string>) => {
  const all: Record<string, string> = {
    AUTH0_DOMAIN: 'tenant.eu.auth0.com',
    AUTH0_CLIENT_ID: 'client-id',
    AUTH0_CLIENT_SECRET: 'client-secret',
    SEGMENT_KEY: 'write-key-Xv92KdRt',
    ...chosen,
  };
  return parseSettings((name) => all[name]);
};

const shapeOf = (chosen: Record<string, string>) => parse(chosen).settings?.shape;
const selectionOf = (chosen: Record<string, string>) => parse(chosen).settings?.selection;

test.each([
  [{ SEND_IDENTIFY: 'No' }, { identifies: false }],
  [{ SEND_IDENTIFY: 'true' }, {}],
  [
    { EXCLUDE_FIELDS: 'email, identities.*.profileData,' },
    { excluded: [['email'], ['identities', '*', 'profileData']] },
  ],
  [{ EXCLUDE_FIELDS: 'a\\.b.c, x\\,y' }, { excluded: [['a.b', 'c'], ['x,y']] }],
  [{ EVENT_NAMES: 'segment' }, { eventNames: eventNames.Segment }],
  [{ USER_ID_FIELD: 'app_metadata.customer_id' }, { userIdField: ['app_metadata', 'customer_id'] }],
  [{ USER_ID_FIELD: 'user_id' }, {}],
  [{ USER_ID_FIELD: 'user_id', EXCLUDE_FIELDS: 'user_id' }, { excluded: [['user_id']] }],
  [{ ORGANIZATIONS: 'Yes' }, { groups: true }],
  [{ LOGIN_CONTEXT: 'yes' }, { loginContext: true }],
])('%j is understood', (chosen: Record<string, string>, shape) => {
  expect(parse(chosen).problems).toEqual([]);
  expect(shapeOf(chosen)).toEqual({ ...defaultShape, ...shape });
});

test.each([
  [{ FAILED_LOGINS: 'all' }, { types: ['s', 'ss', 'f', 'fp', 'fu'] }],
  [{ CLIENTS: 'Shop, abc123' }, { clients: ['shop', 'abc123'] }],
  [{ CLIENTS: 'My Shop\\, Inc.' }, { clients: ['my shop, inc.'] }],
  [{ CONNECTIONS: 'google-oauth2' }, { connections: ['google-oauth2'] }],
])('%j is understood', (chosen: Record<string, string>, selection) => {
  expect(selectionOf(chosen)).toEqual({ ...defaultSelection, ...selection });
});

describe('a wrong value fails the run, with the value and what to do', () => {
  test.each([
    [{ SEND_IDENTIFY: 'maybe' }, 'SEND_IDENTIFY is "maybe". It must be Yes or No.'],
    [{ ORGANIZATIONS: '2' }, 'ORGANIZATIONS is "2". It must be Yes or No.'],
    [{ LOGIN_CONTEXT: 'x' }, 'LOGIN_CONTEXT is "x". It must be Yes or No.'],
    [{ EVENT_NAMES: 'Own' }, 'EVENT_NAMES is "Own". It must be Auth0 or Segment.'],
    [{ FAILED_LOGINS: 'fp' }, 'FAILED_LOGINS is "fp". It must be Generic or All.'],
    [
      { EXCLUDE_FIELDS: 'email, user_metadata..ssn' },
      /^EXCLUDE_FIELDS has "user_metadata..ssn", in which a name is missing\. .*dotted path/,
    ],
    [
      { USER_ID_FIELD: 'app_metadata.*' },
      /^USER_ID_FIELD is "app_metadata\.\*", which is not one field\. .*dotted path/,
    ],
    [{ USER_ID_FIELD: 'a, b' }, /^USER_ID_FIELD is "a, b", which is not one field/],
    [
      { USER_ID_FIELD: 'identities.0.access_token' },
      /^USER_ID_FIELD is .*token of an identity provider, which is never sent/,
    ],
  ])('%j', (chosen: Record<string, string>, problem) => {
    const { settings, problems } = parse(chosen);
    expect(settings).toBeUndefined();
    expect(problems).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });

  test.each(['email', '*', 'app_metadata.customer_id', 'app_metadata', 'customer_id', 'app_metadata.*'])(
    'a user id from a field that is excluded (%s), also by the name it would leave under',
    (excluded) => {
      const field = excluded === 'email' ? 'email' : 'app_metadata.customer_id';
      expect(parse({ USER_ID_FIELD: field, EXCLUDE_FIELDS: excluded }).problems).toEqual([
        `USER_ID_FIELD is "${field}", a field that EXCLUDE_FIELDS keeps from leaving. Name another field, or take it out of EXCLUDE_FIELDS.`,
      ]);
    },
  );
});
