import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerRequest } from './answer-request';
import { Faults } from './faults';
import type { Service } from './service';
import { Timers } from './timers';

/** What the three servers of the sandbox have in common. */
export interface ServerOptions {
  /** Milliseconds between a request's arrival and its answer. Default 0. */
  latencyMs?: number;
  /** Compress answers over 1 KB for clients that accept gzip. Default true. */
  compress?: boolean;
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

/** Serves `service` on a free port of 127.0.0.1. */
export async function startServer(service: Service, options: ServerOptions = {}): Promise<SandboxServer> {
  const faults = new Faults();
  const timers = new Timers();
  const exchange = {
    service,
    faults,
    timers,
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

  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    faults,
    pause,
    resume: () => (server.listening ? Promise.resolve() : listen(port)),
    close: () => {
      timers.clear();
      return pause();
    },
  };
}
