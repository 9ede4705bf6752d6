import { expect, test } from 'vitest';
import { generateLogs } from '../../../server/sandbox/tenant/generate-logs';
import { openTestHost, openTestTenant } from './open-test-host';

const given = (settings: Record<string, string>) => ({
  tenant: 'default',
  settings,
  schedule: undefined,
  timeZone: undefined,
});
const logs = (count: number) => ({ tenant: { logs: generateLogs({ count, users: 20 }) } });

test('runs the tenant of the environment at once: exports, records, keeps what it logged', async () => {
  const { sandbox, settings } = await openTestTenant(logs(300));
  const { host, ended } = await openTestHost({ given: given(settings) });
  await host.refresh();
  const finished = await host.begin();
  expect(finished).toMatchObject({ trigger: 'start', answer: { statusCode: 200 } });
  expect(ended).toEqual([finished]);
  const selected = [...sandbox.tenant.selectedLogs()];
  expect(sandbox.segment.tracks()).toHaveLength(selected.filter(({ user_id }) => user_id).length);

  const tenant = await host.registry.find('default');
  if (!tenant || !finished) throw new Error('no tenant');
  const { history, state } = host.storeOf(tenant);
  const { runs, total } = await history.list({ offset: 0, limit: 10 });
  expect(total).toBe(1);
  expect(runs[0]).toMatchObject({ id: finished.id, logsRead: 300, logsProcessed: selected.length });
  expect(await state.read()).toMatchObject({ lease: null });
  const note = await host.notes.find(tenant.id, finished.id);
  expect(note?.trigger).toBe('start');
  expect(note?.lines.join('\n')).toMatch(/run started[\s\S]*run finished/);
  expect(note?.lines.join('\n')).not.toContain(settings.AUTH0_CLIENT_SECRET);
});
