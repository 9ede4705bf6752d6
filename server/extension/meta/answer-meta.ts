import manifest from '../../../webtask.json';
import type { Handler } from '../http/handler';

/** `GET /meta`: the manifest, which names the settings and knows none of their values. */
export const answerMeta: Handler = (_request, response) => {
  response.json(manifest);
};
