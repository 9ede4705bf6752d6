import { loadWebtask } from '../support/call-webtask';
import { openFileStorage } from '../support/file-storage';
import { silentConsole } from '../support/silent-console';
import { triggerRun } from '../support/trigger-run';

/**
 * A process of its own: hosts the bundle on a folder as the local host does, triggers runs until nothing is
 * left, and then ends. It may be killed at any moment and started again.
 *
 * Arguments: the bundle, the folder, the secrets as JSON.
 */
const [bundle = '', folder = '', secrets = '{}'] = process.argv.slice(2);

const storage = await openFileStorage(folder);
const webtask = await loadWebtask(bundle, silentConsole);
console.log('loaded');
for (;;) {
  const { statusCode, body } = await triggerRun(webtask, { secrets, storage: storage.handle() });
  if (statusCode === 200 && !body.status.moreToCome) break;
}
process.exit(0);
