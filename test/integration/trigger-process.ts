import { createInterface } from 'node:readline';
import type { WebtaskStorage } from '../../src/storage/webtask-storage';
import { loadWebtask } from '../support/call-webtask';
import { silentConsole } from '../support/silent-console';
import { triggerRun } from '../support/trigger-run';

/**
 * A process of its own: hosts the bundle on a document that other processes share, and triggers ten
 * executions at once each time it reads a line; answers with a line of their results.
 *
 * Arguments: the bundle, the address of the document, the secrets as JSON.
 */
const [bundle = '', address = '', secrets = '{}'] = process.argv.slice(2);
const webtask = await loadWebtask(bundle, silentConsole);

/** A handle of the platform's kind on the shared document. */
function openHandle(): WebtaskStorage {
  let version: string | null = null;
  return {
    get: (callback) => {
      fetch(address).then(async (response) => {
        version = response.headers.get('etag');
        callback(null, await response.json());
      }, callback);
    },
    set: (data, _options, callback) => {
      const headers = { 'if-match': version ?? '' };
      fetch(address, { method: 'PUT', headers, body: JSON.stringify(data) }).then((response) => {
        if (response.status === 409) return callback(Object.assign(new Error('conflict'), { code: 409 }));
        version = response.headers.get('etag');
        callback();
      }, callback);
    },
  };
}

const trigger = () => triggerRun(webtask, { secrets, storage: openHandle() });

console.log('"ready"');
for await (const _ of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await Promise.all(Array.from({ length: 10 }, trigger))));
}
