import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Webtask } from '../../../src/webtask/create-webtask';
import type { WebtaskContext, WebtaskRequest } from '../../../src/webtask/webtask-context';

/** A request to a webtask, from the host itself. */
export interface WebtaskCall {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: object;
}

/** What the webtask answered. */
export interface WebtaskAnswer {
  statusCode: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/**
 * Sends a webtask a request of the host's own, over a connection that exists in this process alone: the
 * webtask sees real HTTP, and no port is open for it.
 *
 * @param context what the webtask is passed
 * @param mount where it is mounted, as the platform tells it
 */
export async function callWebtask(
  webtask: Webtask,
  context: WebtaskContext,
  call: WebtaskCall,
  mount: NonNullable<WebtaskRequest['x_wt']>,
): Promise<WebtaskAnswer> {
  const [here, there]: Duplex[] = duplexPair();
  if (!here || !there) throw new Error('no connection to the webtask');
  const server = createServer((request, response) => {
    webtask(context, Object.assign(request, { x_wt: mount }), response);
  });
  server.emit('connection', there);
  const payload = call.body ? JSON.stringify(call.body) : '';
  try {
    return await new Promise<WebtaskAnswer>((resolve, reject) => {
      const outgoing = httpRequest({
        createConnection: () => here,
        method: call.method,
        path: call.path,
        headers: {
          host: 'localhost',
          connection: 'close',
          ...(payload
            ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }
            : {}),
          ...call.headers,
        },
      });
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        text(response).then(
          (body) => resolve({ statusCode: response.statusCode ?? 500, headers: response.headers, body }),
          reject,
        );
      });
      outgoing.end(payload);
    });
  } finally {
    here.destroy();
    there.destroy();
  }
}
