import { expect, test } from 'vitest';
import type { CallSample } from '../../../server/dashboard/api/check-view';
import { openTestDashboard } from './open-test-dashboard';

async function sampleOf(settings: Record<string, string>): Promise<CallSample> {
  const { call } = await openTestDashboard();
  const reply = await call('/api/sample', { settings });
  expect(reply.status).toBe(200);
  return JSON.parse(reply.text);
}

test('shows the calls as they would leave, without what is excluded', async () => {
  const { calls, excluded, problems } = await sampleOf({
    EXCLUDE_FIELDS: 'email, app_metadata.roles',
    EVENT_NAMES: 'Segment',
    ORGANIZATIONS: 'Yes',
    USER_ID_FIELD: 'app_metadata.customer_id',
  });
  expect(problems).toEqual([]);
  expect(excluded).toEqual(['email', 'app_metadata.roles']);
  expect(calls.map(({ type }) => type)).toEqual(['identify', 'group', 'track']);
  expect(calls[2]).toMatchObject({ userId: 'C-1815', event: 'Signed In', context: { groupId: 'org_9Kd1' } });
  expect(JSON.stringify(calls)).not.toMatch(/ada@example|"roles"|logId|bytes/);
});

test('by default there is an identify and a track; identify calls can be left out', async () => {
  expect((await sampleOf({})).calls.map(({ type }) => type)).toEqual(['identify', 'track']);
  expect((await sampleOf({ SEND_IDENTIFY: 'No' })).calls.map(({ type }) => type)).toEqual(['track']);
});

test('what cannot be used is said, and nothing that was entered for a secret comes back', async () => {
  const { calls, problems } = await sampleOf({ EVENT_NAMES: 'Own', SEGMENT_KEY: 'write-key-Xv92KdRt' });
  expect(calls).toEqual([]);
  expect(problems).toEqual(['EVENT_NAMES is "Own". It must be Auth0 or Segment.']);
  expect(JSON.stringify(problems)).not.toContain('write-key');
});

test('it is for those alone who are signed in', async () => {
  const { send } = await openTestDashboard({ password: 'correct horse battery staple' });
  expect((await send('POST', '/api/sample', { body: { settings: {} } })).status).toBe(401);
});
