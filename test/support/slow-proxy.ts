import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server on 127.0.0.1 in front of another, as a slow or broken network is. */
export interface SlowProxy {
  url: string;
  /** Milliseconds between a request's arrival and its answer. */
  latencyMs: number;
  /** `cut`: connections are closed without an answer; `refuse`: answers 502 with a page, as a reverse proxy does. */
  mode: 'pass' | 'cut' | 'refuse';
  /** What was asked for, such as `POST /api/tenants/acme/run`. */
  readonly asked: string[];
}

/** Starts it; it ends with the test. */
export async function startSlowProxy(target: string): Promise<SlowProxy> {
  const timers = new Set<NodeJS.Timeout>();
  const asked: string[] = [];
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    if (proxy.mode === 'cut') {
      incoming.socket.destroy();
      return;
    }
    if (proxy.mode === 'refuse') {
      outgoing.writeHead(502, { 'content-type': 'text/html' });
      outgoing.end('<html><h1>502 Bad Gateway</h1></html>');
      return;
    }
    const pass = () => {
      const onward = send(
        new URL(incoming.url ?? '/', target),
        { method: incoming.method, headers: incoming.headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          outgoing.flushHeaders();
          answer.pipe(outgoing);
        },
      );
      onward.on('error', () => outgoing.destroy());
      outgoing.on('close', () => onward.destroy());
      incoming.pipe(onward);
    };
    const timer = setTimeout(() => {
      timers.delete(timer);
      pass();
    }, proxy.latencyMs);
    timers.add(timer);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  let mode: SlowProxy['mode'] = 'pass';
  const proxy: SlowProxy = {
    url: `http://127.0.0.1:${port}`,
    latencyMs: 0,
    get mode() {
      return mode;
    },
    set mode(wanted) {
      mode = wanted;
      // What is open belongs to the network as it was.
      server.closeAllConnections();
    },
    asked,
  };
  onTestFinished(async () => {
    for (const timer of timers) clearTimeout(timer);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return proxy;
}
