import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Clock, systemClock } from '../../../src/time';
import { stringifyExactly } from './exact-number';
import { type Fault, Faults } from './faults';

/** What a sandbox endpoint answers, before compression and faults. */
export interface Answer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body: string;
}

/** A request whose body has arrived in full. */
export interface Call {
  method: string;
  /** As it stood in the request line: path and query, still encoded. */
  url: string;
  /** Encoded path without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** The request's body in full, or `undefined` when the client went away while sending it. */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}

const gzipped = promisify(gzip);
const COMPRESS_ABOVE = 1024;

/** How an answer leaves. */
interface Sending {
  /** Milliseconds since 1970, for the header `Date`. */
  now: number;
  /** The client accepts gzip and the sandbox compresses. */
  compress: boolean;
  /** Break off half-way through the body. */
  cut: boolean;
}

/** Writes the answer, compressed where that pays. */
async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  { now, compress, cut }: Sending,
): Promise<void> {
  const headers: Record<string, string | number> = {
    date: new Date(now).toUTCString(),
    ...answer.headers,
  };
  let body = Buffer.from(answer.body);
  if (compress && body.length > COMPRESS_ABOVE) {
    // The fastest level: the sandbox shares its processor with the code that is being measured.
    body = await gzipped(body, { level: 1 });
    headers['content-encoding'] = 'gzip';
    headers.vary = 'accept-encoding';
  }
  if (answer.status !== 204) headers['content-length'] = body.length;
  response.writeHead(answer.status, headers);
  if (!cut) {
    response.end(body);
    return;
  }
  response.flushHeaders();
  response.write(body.subarray(0, body.length >> 1), () => response.socket?.destroy());
}

/** What one sandbox server does: the part that differs between Auth0, Segment and Slack. */
interface Service {
  /** The name by which faults and counters know the endpoint of a request. */
  endpointOf(method: string, path: string): string;
  /** Acts on the call and says what to answer. */
  answer(call: Call, endpoint: string): Answer | Promise<Answer>;
  /** Told of each request as it arrives, faulty ones included; what it returns is told the status sent. */
  watch?(endpoint: string, method: string, url: string): (status: number) => void;
}

/** A request that is never answered waits for this long: the longest timer that Node has, almost 25 days. */
const HANG_MS = 2 ** 31 - 1;

/**
 * Resolves at a moment of the clock, never before it: a timer alone may fire up to 1 ms early.
 *
 * @returns false if the client or the server closed the connection before
 */
async function waitUntil(
  moment: number,
  clock: Pick<Clock, 'monotonic' | 'sleep'>,
  response: ServerResponse,
): Promise<boolean> {
  if (moment <= clock.monotonic()) return true;
  const closed = new AbortController();
  const close = () => closed.abort();
  response.once('close', close);
  try {
    for (let left = moment - clock.monotonic(); left > 0; left = moment - clock.monotonic()) {
      await clock.sleep(left, closed.signal);
    }
    return true;
  } catch {
    return false;
  } finally {
    response.off('close', close);
  }
}

/** The parts of a server that answering a request takes. */
interface Exchange {
  service: Service;
  faults: Faults;
  clock: Clock;
  latencyMs: number;
  compress: boolean;
}

/** Takes one request from its arrival to its answer, through the fault that strikes it. */
async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { service, faults, clock, latencyMs, compress }: Exchange,
): Promise<void> {
  const arrived = clock.monotonic();
  const { method = 'GET', url = '/' } = request;
  const queryAt = url.indexOf('?');
  const path = queryAt < 0 ? url : url.slice(0, queryAt);
  const endpoint = service.endpointOf(method, path);
  const answered = service.watch?.(endpoint, method, url);

  const fault = faults.take(endpoint);
  if (fault?.kind === 'refuse') {
    request.socket.resetAndDestroy();
    return;
  }
  const body = await readBody(request);
  if (body === undefined) return;
  if (fault?.kind === 'hang') {
    await waitUntil(arrived + HANG_MS, clock, response);
    return;
  }

  const query = new URLSearchParams(queryAt < 0 ? '' : url.slice(queryAt));
  const call: Call = { method, url, path, query, headers: request.headers, body };
  const answer = answerOf(fault) ?? (await service.answer(call, endpoint));
  // Counted from the arrival, so that the sandbox's own work does not add to the latency asked for.
  const due = arrived + latencyMs + (fault?.kind === 'delay' ? fault.ms : 0);
  if (!(await waitUntil(due, clock, response))) return;
  if (fault?.kind === 'afterwards-cut') {
    request.socket.destroy();
    return;
  }
  answered?.(answer.status);
  await sendAnswer(response, answer, {
    now: clock.now(),
    compress: compress && /\bgzip\b/.test(String(request.headers['accept-encoding'])),
    cut: fault?.kind === 'cut',
  });
}

function answerOf(fault: Fault | undefined): Answer | undefined {
  if (fault?.kind !== 'status' && fault?.kind !== 'body') return undefined;
  const { body = '' } = fault;
  const type = fault.contentType ?? (/^[{[]/.test(body) ? 'application/json; charset=utf-8' : 'text/plain');
  return fault.kind === 'body'
    ? { status: 200, headers: { 'content-type': type }, body }
    : { status: fault.status, headers: { 'content-type': type, ...fault.headers }, body };
}

/** An answer whose body is `value` as JSON. */
export function jsonAnswer(
  status: number,
  value: unknown,
  headers?: Readonly<Record<string, string>>,
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: stringifyExactly(value),
  };
}

/** What the three servers of the sandbox have in common. */
export interface ServerOptions {
  /** Milliseconds between a request's arrival and its answer. Default 0. */
  latencyMs?: number;
  /** Compress answers over 1 KB for clients that accept gzip. Default true. */
  compress?: boolean;
  /** Port to listen on if it is free. By default, and otherwise, a free one. */
  port?: number | undefined;
  /** By which answers are late. Default: this machine's. */
  clock?: Clock;
}

/** A sandbox server that listens on a port of its own. */
export interface SandboxServer {
  /** `http://127.0.0.1:PORT`, the same after a pause. */
  readonly url: string;
  readonly faults: Faults;
  /** Ends every connection and closes the port: clients get ECONNREFUSED. */
  pause(): Promise<void>;
  /** Listens again, on the same port. */
  resume(): Promise<void>;
  /** Ends every connection, wait and hanging request at once. */
  close(): Promise<void>;
}

/** Serves `service` on a port of 127.0.0.1. */
export async function startServer(service: Service, options: ServerOptions = {}): Promise<SandboxServer> {
  const faults = new Faults();
  const exchange = {
    service,
    faults,
    clock: options.clock ?? systemClock,
    latencyMs: options.latencyMs ?? 0,
    compress: options.compress ?? true,
  };
  // Room for request lines well over 8 KB, so that the tenant can answer them with its own 414.
  const settings = { maxHeaderSize: 128 * 1024, keepAliveTimeout: 60_000 };
  const server = createServer(settings, (request, response) => {
    answerRequest(request, response, exchange).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`The sandbox failed: ${String(error)}`);
    });
  });

  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  const pause = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  await listen(options.port ?? 0).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (options.port === undefined || code !== 'EADDRINUSE') throw error;
    return listen(0);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    faults,
    pause,
    resume: () => (server.listening ? Promise.resolve() : listen(port)),
    close: pause,
  };
}
