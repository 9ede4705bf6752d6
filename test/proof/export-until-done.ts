import { createStorage } from '../../server/host/storage/create-storage';
import { expireLease } from '../../server/host/storage/expire-lease';
import { callWebtask } from '../../server/host/webtask/call-webtask';
import { loadWebtask } from '../../server/host/webtask/load-webtask';
import { mount, mountPath } from '../../server/host/webtask/mount';

/**
 * A process of its own: hosts the bundle on a folder as the local host does, triggers runs until nothing is
 * left, and then ends. It may be killed at any moment and started again.
 *
 * Arguments: the bundle, the folder, the secrets as JSON.
 */
const [bundle = '', folder = '', secrets = '{}'] = process.argv.slice(2);
const token = 'host-token-5f0c9a';
const silent = { log: () => {}, info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };

const storage = await createStorage(folder);
await expireLease(storage, Date.now());
const webtask = await loadWebtask(bundle, silent);
console.log('loaded');
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
  if (statusCode === 200 && !status.moreToCome) break;
}
process.exit(0);
