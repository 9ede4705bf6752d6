import { expect, test } from 'vitest';
import { createExporter } from '../../src/job/exporter';
import { createRedactor } from '../../src/redactor';
import { printedCall } from '../../src/segment/calls';
import { parseSettings } from '../../src/settings';
import { createDeadline } from '../../src/time';
import { openSandbox } from '../server/sandbox/open-sandbox';
import { fakeClock } from '../support/fake-clock';

/** Exports one login each of users with these `app_metadata`, as JSON. */
async function exportUsers(metadata: readonly string[], secrets: Record<string, string> = {}) {
  const sandbox = await openSandbox();
  const users = metadata.map(
    (json, n) =>
      `{"user_id":"auth0|${n}","email":"${n}@customer.example","updated_at":"2100-01-01T00:00:00.000Z","app_metadata":${json}}`,
  );
  sandbox.tenant.faults.add({
    endpoint: 'user-search',
    times: Number.POSITIVE_INFINITY,
    fault: { kind: 'body', body: `[${users.join()}]` },
  });
  const logs = sandbox.tenant.addLogs(users.map((_, n) => ({ type: 's', user_id: `auth0|${n}` })));
  const settings: Record<string, string> = { ...sandbox.secrets(), ...secrets };
  const clock = fakeClock({ now: Date.now(), skipsWaits: true });
  const deadline = createDeadline({ clock, budgetMs: 22_000 });
  const exporter = createExporter(
    parseSettings((name) => settings[name]),
    { clock, fetch, random: () => 0, redactor: createRedactor([]) },
  );
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const batches = exporter.replay({
    from: logs[0]?.log_id ?? '',
    to: undefined,
    deadline,
    mayGoOn: () => true,
    onPage: () => {},
    onWarning,
  });
  let withoutUserIdField = 0;
  for await (const batch of batches) withoutUserIdField += batch.withoutUserIdField;
  const previewed = await exporter.preview({ state: undefined, most: 10, deadline, onWarning });
  expect(sandbox.segment.dropped).toEqual([]);
  expect(warnings).toEqual([]);
  const { segment } = sandbox;
  return { segment, withoutUserIdField, previewed, received: segment.received.map(segment.jsonOf) };
}

const NUMBERS =
  '"customer_id":9007199254740993,"huge":1e999,"mole":1e24,"zero":-0,"price":1.10,"deep":{"list":[12345678901234567890]}';

test('each number of a profile arrives with the digits that Auth0 sent, in properties and traits', async () => {
  const { received } = await exportUsers([`{${NUMBERS}}`]);
  expect(received).toEqual([expect.stringContaining(NUMBERS), expect.stringContaining(NUMBERS)]);
});

test('a preview shows the digits that are sent', async () => {
  const { previewed } = await exportUsers([`{${NUMBERS}}`]);
  for (const { call } of previewed.calls) expect(printedCall(call)).toContain(NUMBERS);
});

test('LOGIN_CONTEXT and EXCLUDE_FIELDS leave the digits of the other fields as they are', async () => {
  const { received } = await exportUsers(['{"ssn":9007199254740993,"customer_id":9007199254740995}'], {
    EXCLUDE_FIELDS: 'app_metadata.ssn',
    LOGIN_CONTEXT: 'true',
  });
  expect(received).toEqual([
    expect.stringContaining('"customer_id":9007199254740995'),
    expect.stringMatching(/"customer_id":9007199254740995.*"auth0_connection"/),
  ]);
  expect(received.join()).not.toMatch(/ssn|9007199254740993/);
});

test('a number that JavaScript can’t represent is no userId: the Auth0 id is, and is counted', async () => {
  const ids = ['9007199254740993', '9007199254740992', '1e999', '1e24', '4711', '1.10', '"9007199254740993"'];
  const { segment, withoutUserIdField } = await exportUsers(
    ids.map((id) => `{"customer_id":${id}}`),
    { USER_ID_FIELD: 'app_metadata.customer_id' },
  );
  const userIds = ['auth0|0', 'auth0|1', 'auth0|2', 'auth0|3', '4711', '1.10', '9007199254740993'];
  expect(segment.tracks().map(({ userId }) => userId)).toEqual(userIds);
  expect(segment.identifies().map(({ userId }) => userId)).toEqual(userIds);
  expect(withoutUserIdField).toBe(4);
});

test('the digits of a number count in the size of a call', async () => {
  const digits = '7'.repeat(31 * 1024);
  const { segment, received } = await exportUsers([`{"digits":${digits},"other":${'8'.repeat(2_000)}}`]);
  expect(received).toEqual(Array(2).fill(expect.stringContaining(`"other":${'8'.repeat(2_000)}`)));
  for (const { properties, traits } of segment.received) {
    expect(properties ?? traits).not.toHaveProperty('digits');
  }
});
