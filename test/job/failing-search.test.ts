import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { deliveryGaps } from '../support/delivery-gaps';
import { openExporter } from '../support/open-exporter';

const FOREVER = Number.POSITIVE_INFINITY;
const COUNT = 120;

test('a run whose user searches all return 503 exports every log with few requests', async () => {
  const logs = generateLogs({ count: COUNT, users: COUNT, selectedShare: 1, deletedUserShare: 0 });
  const { sandbox, record, state } = await openExporter({ tenant: { logs } });
  sandbox.tenant.faults.add({
    endpoint: 'user-search',
    times: FOREVER,
    fault: { kind: 'status', status: 503, headers: { 'retry-after': '5' } },
  });
  const { error, warning, users = 0 } = await record();
  expect(error).toBeUndefined();
  expect(warning).toContain("Auth0's user search failed");
  expect(warning).toContain('returned 503');
  expect(state().checkpointId).toBe(logs.idAt(COUNT - 1));
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
  const { user, 'user-search': searches } = sandbox.tenant.requests;
  expect(user).toBe(users);
  expect(searches).toBeLessThanOrEqual(9);
});

test('a long run whose user searches all return 503 tries a handful of them', async () => {
  const logs = generateLogs({ count: 600, users: 400, selectedShare: 1, deletedUserShare: 0 });
  const { sandbox, record } = await openExporter({ tenant: { logs } });
  sandbox.tenant.faults.add({
    endpoint: 'user-search',
    times: FOREVER,
    fault: { kind: 'status', status: 503 },
  });
  const { error, users } = await record();
  expect(error).toBeUndefined();
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
  expect(sandbox.tenant.requests.user).toBe(users);
  expect(sandbox.tenant.requests['user-search']).toBeLessThanOrEqual(20);
});
