import { manifest } from '../../server/manifest';
import type { WebtaskStorage } from '../../src/storage/webtask-storage';
import type { Webtask } from '../../src/webtask';
import { callWebtask } from './call-webtask';

const token = 'host-token-5f0c9a';

/** Under its name, as on the platform's wildcard domains. */
const mount = { container: '', jtn: manifest.name, url_format: 3 };

/** Triggers one execution in this process, as the platform does. */
export async function triggerRun(
  webtask: Webtask,
  { secrets, storage }: { secrets: string; storage: WebtaskStorage },
) {
  const { statusCode, body } = await callWebtask(
    webtask,
    { secrets: JSON.parse(secrets), storage, token },
    {
      method: 'POST',
      path: `/${manifest.name}`,
      headers: { authorization: `Bearer ${token}` },
      body: { schedule: '0 */5 * * * *', state: 'active' },
    },
    mount,
  );
  return { statusCode, body: JSON.parse(body) };
}
