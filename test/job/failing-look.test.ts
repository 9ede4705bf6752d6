import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { deliveryGaps } from '../support/delivery-gaps';
import { openExporter } from '../support/open-exporter';

const COUNT = 1_000;
const logs = generateLogs({ count: COUNT, users: 20 });
const state = { checkpointId: logs.idAt(199), checkpointDate: logs.at(199).date };
const UNAVAILABLE = { kind: 'status' as const, status: 503, headers: { 'retry-after': '5' } };

test('a run that cannot look for expired logs exports the others, and warns of it', async () => {
  const { sandbox, record, state: stored } = await openExporter({ tenant: { logs }, state });
  sandbox.tenant.faults.add({ endpoint: 'log', times: Number.POSITIVE_INFINITY, fault: UNAVAILABLE });
  const { error, warning } = await record();
  expect(error).toBeUndefined();
  expect(warning).toContain('could not check whether logs after');
  expect(stored().checkpointId).toBe(logs.idAt(COUNT - 1));
  sandbox.tenant.expireBefore(logs.idAt(200));
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
  expect(sandbox.tenant.requests.log).toBeLessThanOrEqual(4);
});

test('a look for expired logs that fails once is made up for by a later one', async () => {
  const { sandbox, record } = await openExporter({ tenant: { logs }, state });
  sandbox.tenant.faults.add({ endpoint: 'log', times: 2, fault: UNAVAILABLE });
  const { error, warning } = await record();
  expect(error).toBeUndefined();
  expect(warning).toBeUndefined();
  expect(sandbox.tenant.requests.log).toBe(3);
});

test('a run whose checkpoint has expired while looks fail resumes from the oldest retained log', async () => {
  const {
    sandbox,
    record,
    state: stored,
  } = await openExporter({
    tenant: { logs, unknownCheckpoint: '400' },
    state,
  });
  sandbox.tenant.expireBefore(logs.idAt(400));
  sandbox.tenant.faults.add({ endpoint: 'log', times: Number.POSITIVE_INFINITY, fault: UNAVAILABLE });
  const { error, warning } = await record();
  expect(error).toBeUndefined();
  expect(warning).toContain(`The checkpoint ${logs.idAt(199)}`);
  expect(stored().checkpointId).toBe(logs.idAt(COUNT - 1));
  expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
});
