import { readFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import { type Duplex, duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { compileFunction } from 'node:vm';
import type { Webtask, WebtaskContext, WebtaskRequest } from '../../src/webtask';
import { virtualGlobals } from './virtual-globals';
import type { VirtualTime } from './virtual-time';

/** What the bundle may log with. */
type BundleConsole = Pick<Console, 'log' | 'info' | 'warn' | 'error' | 'debug'>;

/**
 * Loads the bundle as the platform does: one CommonJS file whose export takes `(context, req, res)`.
 *
 * @param path of the bundle
 * @param console what the bundle logs to
 * @param time in place of the process's own time and fetch
 * @throws when there is none, or it exports something else
 */
export async function loadWebtask(
  path: string,
  console: BundleConsole,
  time?: Pick<VirtualTime, 'clock' | 'fetch'>,
): Promise<Webtask> {
  const source = await readFile(path, 'utf8');
  const module: { exports: unknown } = { exports: {} };
  const globals = {
    module,
    exports: module.exports,
    require: createRequire(path),
    console,
    ...(time && virtualGlobals(time, createRequire(path))),
  };
  compileFunction(source, Object.keys(globals), { filename: path })(...Object.values(globals));
  if (typeof module.exports !== 'function') throw new TypeError(`${path} is no webtask.`);
  return module.exports as Webtask;
}

/** A request to a webtask. */
interface WebtaskCall {
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
 * Sends a webtask a request, over a connection that exists in this process alone: the
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
