import { expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { assertNoSecrets, sandboxSecrets } from '../support/assert-no-secrets';
import { openVirtualExport } from '../support/open-virtual-export';

const logs = generateLogs({ count: 120, users: 20 });

test('the secrets that are searched for are those that the sandbox uses', async () => {
  const { sandbox, webtask } = await openVirtualExport({});
  const used = sandbox.secrets();
  for (const name of ['AUTH0_CLIENT_SECRET', 'SEGMENT_KEY', 'EXTENSION_SECRET'])
    expect(sandboxSecrets).toContain(used[name]);
  expect(sandboxSecrets).toContain(used.SLACK_INCOMING_WEBHOOK?.split('/').at(-1));
  expect(sandboxSecrets).toContain(webtask.token);
  expect(() => assertNoSecrets('a text', { deep: [`x ${used.SEGMENT_KEY} y`] })).toThrow(
    'a text holds the secret',
  );
});

test.each(['token', 'logs', 'user-search', 'batch'])(
  'peers that echo every secret in their errors (%s) leave none in answer, record, Slack or log',
  async (endpoint) => {
    const { sandbox, webtask } = await openVirtualExport({
      sandbox: { tenant: { logs } },
      secrets: { MAX_RUN_SECONDS: '4' },
    });
    const webhookToken = sandbox.secrets().SLACK_INCOMING_WEBHOOK?.split('/').at(-1);
    const echo = [...Object.values(sandbox.secrets()), webhookToken, webtask.token].join(' ');
    for (const status of [400, 401, 403, 500]) {
      const peer = endpoint === 'batch' ? sandbox.segment : sandbox.tenant;
      peer.faults.add({
        endpoint,
        times: Number.POSITIVE_INFINITY,
        fault: {
          kind: 'status',
          status,
          body: JSON.stringify({ message: echo, error_description: echo }),
          headers: { 'x-echo': echo },
        },
      });
      const { body } = await webtask.cron();
      assertNoSecrets('the answer', body);
      peer.faults.clear();
    }
  },
);
