import { AsyncLocalStorage } from 'node:async_hooks';
import { readFile } from 'node:fs/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createRequire } from 'node:module';
import { type Duplex, duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { format } from 'node:util';
import { compileFunction } from 'node:vm';
import type { Webtask, WebtaskContext, WebtaskRequest } from '../../src/webtask';
import { errorCode, HostError } from '../errors';
import { mount } from '../manifest';

/** What the bundle may log with. */
type BundleConsole = Pick<Console, 'log' | 'info' | 'warn' | 'error' | 'debug'>;

/**
 * Loads the bundle as the platform does: one CommonJS file whose export takes `(context, req, res)`.
 *
 * @param path of the bundle
 * @param console what the bundle logs to
 * @throws {HostError} when there is none, or it exports something else
 */
export async function loadWebtask(path: string, console: BundleConsole): Promise<Webtask> {
  const source = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new HostError(
      `The extension's bundle ${path} cannot be read (${errorCode(error) || String(error)}). Build it with: npm run build`,
      78,
      error,
    );
  });
  const module: { exports: unknown } = { exports: {} };
  compileFunction(source, ['module', 'exports', 'require', 'console'], { filename: path })(
    module,
    module.exports,
    createRequire(path),
    console,
  );
  if (typeof module.exports !== 'function' || module.exports.length !== 3) {
    throw new HostError(`${path} is no webtask: it must export a function of three parameters.`, 78);
  }
  return module.exports as Webtask;
}

/** A request to a webtask, from the host itself. */
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

/** The webtask, with what it logs told apart by the execution that it belongs to. */
interface ContainedWebtask {
  /**
   * Sends it a request of the host's own.
   *
   * @param execution on whose behalf; what is logged meanwhile belongs to it
   */
  call(context: WebtaskContext, call: WebtaskCall, execution?: number): Promise<WebtaskAnswer>;
  /** Hands somebody's request on to it. */
  serve(context: WebtaskContext, request: IncomingMessage, response: ServerResponse): void;
}

/**
 * Loads the webtask.
 *
 * @param bundle path of the built bundle
 * @param onLine told each line that it logs, and of which execution; 0 where it belongs to none
 * @throws {HostError} when there is no bundle, or it is no webtask
 */
export async function containWebtask(
  bundle: string,
  onLine: (execution: number, line: string) => void,
): Promise<ContainedWebtask> {
  const current = new AsyncLocalStorage<number>();
  const log = (...parts: unknown[]) => onLine(current.getStore() ?? 0, format(...parts));
  const webtask = await loadWebtask(bundle, { log, info: log, warn: log, error: log, debug: log });
  return {
    call: (context, call, execution = 0) =>
      current.run(execution, () => callWebtask(webtask, context, call, mount)),
    serve: (context, request, response) => {
      webtask(context, Object.assign(request, { x_wt: mount }), response);
    },
  };
}
