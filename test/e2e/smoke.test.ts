import { expect, test } from 'vitest';
import { startSandbox } from '../../server/sandbox/start-sandbox';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import { startWebtask } from '../support/start-webtask';

test('smoke', async () => {
  const sandbox = await startSandbox({ tenant: { logs: generateLogs({ count: 3000, users: 600 }) } });
  const webtask = await startWebtask({ secrets: sandbox.secrets() });
  const t = Date.now();
  const result = await webtask.cron();
  console.log(
    Date.now() - t,
    JSON.stringify(result, null, 1),
    sandbox.tenant.requests,
    sandbox.segment.requests,
    sandbox.segment.dropped.length,
    sandbox.segment.duplicates,
  );
  console.log(JSON.stringify(sandbox.segment.tracks()[5]), JSON.stringify(sandbox.segment.identifies()[5]));
  console.log((await webtask.cron()).body, sandbox.slack.messages.length);
  await webtask.close();
  await sandbox.close();
}, 60000);
