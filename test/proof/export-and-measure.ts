import { setTimeout as delay } from 'node:timers/promises';
import { createStorage } from '../../server/host/storage/create-storage';
import { callWebtask } from '../../server/host/webtask/call-webtask';
import { loadWebtask } from '../../server/host/webtask/load-webtask';
import { mount, mountPath } from '../../server/host/webtask/mount';

/**
 * A process of its own: hosts the bundle and triggers run after run until nothing is left, writing a line of
 * JSON after each: what the run did, and what the process holds. The last line is written when everything
 * that a run opened has had the time to close by itself.
 *
 * Arguments: the bundle, the folder, the secrets as JSON. Needs `--expose-gc`.
 */
const [bundle = '', folder = '', secrets = '{}'] = process.argv.slice(2);
const token = 'host-token-5f0c9a';
const silent = { log: () => {}, info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };
/** Node's fetch keeps an idle connection for 4 s, the sandbox for 5 s. */
const CONNECTIONS_CLOSE_WITHIN_MS = 8_000;

const storage = await createStorage(folder);
const webtask = await loadWebtask(bundle, silent);

function measure(logsRead: number) {
  globalThis.gc?.();
  const documentBytes = Buffer.byteLength(JSON.stringify(storage.document() ?? {}));
  const held = process.getActiveResourcesInfo().filter((name) => /Timeout|TCP|TLS|Immediate/.test(name));
  console.log(
    JSON.stringify({
      logsRead,
      rss: process.memoryUsage.rss(),
      heap: process.memoryUsage().heapUsed,
      documentBytes,
      held,
    }),
  );
}

let total = 0;
measure(total);
for (;;) {
  const { statusCode, body } = await callWebtask(
    webtask,
    { secrets: JSON.parse(secrets), storage: storage.handle(), token },
    {
      method: 'POST',
      path: mountPath,
      headers: { authorization: `Bearer ${token}` },
      body: { schedule: '0 */5 * * * *', state: 'active' },
    },
    mount,
  );
  const { status } = JSON.parse(body);
  if (statusCode !== 200) throw new Error(body);
  total += status.logsRead;
  measure(total);
  if (!status.moreToCome) break;
}
await delay(CONNECTIONS_CLOSE_WITHIN_MS);
measure(total);
