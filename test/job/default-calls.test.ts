import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { createExporter } from '../../src/job/exporter';
import { createRedactor } from '../../src/redactor';
import type { SegmentCall } from '../../src/segment/calls';
import { parseSettings } from '../../src/settings';
import { createDeadline, systemClock } from '../../src/time';
import { openSandbox } from '../server/sandbox/open-sandbox';

/** What 60 calls were, to the byte, before anything about them could be chosen. */
const recorded = new URL('./default-calls.txt', import.meta.url);
/** The digest of all 1,885 of that time. */
const RECORDED_SHA256 = 'cad6c5395920560f6d147dae26035bb2cf27add942a48a0c5a2ec464e19b5ae4';

/** A call with the bytes of its profile as they leave. */
function written(call: SegmentCall): string {
  const profile = Buffer.from(call.type === 'track' ? call.properties : call.traits).toString();
  const what = call.type === 'track' ? `${call.event} ${call.timestamp.toISOString()}` : '';
  return [call.type, call.messageId, call.userId, what, call.bytes, profile].join(' ');
}

test('without a setting about them, calls are byte for byte what they were before there were such settings', async () => {
  const logs = generateLogs({ count: 2_000, users: 300, seed: 7 });
  const sandbox = await openSandbox({ tenant: { logs } });
  // Fields that end up in more than one place, names that are reserved, what does not fit and what is too deep.
  const large = 'x'.repeat(20_000);
  sandbox.tenant.setUser({
    user_id: 'auth0|large',
    email: 'large@customer.example',
    given_name: 'Ada',
    picture: large,
    user_metadata: { email: 'mine@customer.example', firstName: 'Augusta', notes: large },
    app_metadata: { plan: 'team', email: 'app@customer.example', auth0_client: 'mine' },
  });
  sandbox.tenant.setUser({
    user_id: 'auth0|deep',
    user_metadata: { deep: JSON.parse(`${'['.repeat(80)}${']'.repeat(80)}`) },
  });
  sandbox.tenant.addLogs(
    ['auth0|large', 'auth0|deep', 'auth0|gone', ''].map((user_id, index) => ({
      type: ['s', 'ss', 'f', 's'][index] ?? 's',
      user_id,
      date: '2026-01-02T00:00:00.000Z',
      organization_id: 'org_1',
    })),
  );
  const settings: Record<string, string> = { ...sandbox.secrets(), BATCH_SIZE: '50' };
  const exporter = createExporter(
    parseSettings((name) => settings[name]),
    { clock: systemClock, fetch, random: Math.random, redactor: createRedactor([]) },
  );
  const deadline = createDeadline({ clock: systemClock, budgetMs: 60_000 });
  const calls: SegmentCall[] = [];
  const replay = exporter.replay({
    from: logs.idAt(0),
    to: undefined,
    deadline,
    mayGoOn: () => true,
    onCalls: (some) => calls.push(...some),
    onPage: () => {},
    onWarning: () => {},
  });
  for await (const _ of replay);
  deadline.end();

  const lines = calls.map(written);
  const shown = [...lines.slice(0, 30), ...lines.slice(-30)].map((line) => `${line}\n`).join('');
  expect(shown).toBe(await readFile(recorded, 'utf8'));
  expect(createHash('sha256').update(lines.join('\n')).digest('hex')).toBe(RECORDED_SHA256);
});
