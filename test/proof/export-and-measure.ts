import { setTimeout as delay } from 'node:timers/promises';
import { loadWebtask } from '../support/call-webtask';
import { openFileStorage } from '../support/file-storage';
import { silentConsole } from '../support/silent-console';
import { triggerRun } from '../support/trigger-run';

/**
 * A process of its own: hosts the bundle and triggers run after run until nothing is left, writing a line of
 * JSON after each: what the run did, and what the process holds. The last line is written when everything
 * that a run opened has had the time to close by itself.
 *
 * Arguments: the bundle, the folder, the secrets as JSON. Needs `--expose-gc`.
 */
const [bundle = '', folder = '', secrets = '{}'] = process.argv.slice(2);
/** Node's fetch keeps an idle connection for 4 s, the sandbox for 5 s. */
const CONNECTIONS_CLOSE_WITHIN_MS = 8_000;

const storage = await openFileStorage(folder);
const webtask = await loadWebtask(bundle, silentConsole);

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
  const { statusCode, body } = await triggerRun(webtask, { secrets, storage: storage.handle() });
  if (statusCode !== 200) throw new Error(JSON.stringify(body));
  total += body.status.logsRead;
  measure(total);
  if (!body.status.moreToCome) break;
}
await delay(CONNECTIONS_CLOSE_WITHIN_MS);
measure(total);
