import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, vi } from 'vitest';

/** A server on 127.0.0.1 in front of another, as a slow or broken network is. */
export interface GatedProxy {
  url: string;
  /** Requests so far, such as `POST /api/tenants/acme/run`. */
  readonly requests: readonly string[];
  /** `cut` closes connections without an answer; `refuse` answers 502 with a page, as a reverse proxy does. */
  mode: 'pass' | 'cut' | 'refuse';
  /** Holds requests to the API from now on. */
  hold(): void;
  /** Passes the oldest held request, if there is one. */
  passOldest(): void;
  /** Passes the first request that is held under this name; waits for it if it has not come yet. */
  pass(name: string): Promise<void>;
  /** Passes all held requests and holds no more. */
  release(): void;
}

interface HeldRequest {
  name: string;
  pass(): void;
}

/** Starts a proxy that passes everything at first; it ends with the test. */
export async function startGatedProxy(target: string): Promise<GatedProxy> {
  const requests: string[] = [];
  let held: HeldRequest[] = [];
  let isHolding = false;
  const server = createServer((incoming, outgoing) => {
    const name = `${incoming.method} ${incoming.url}`;
    requests.push(name);
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
    if (isHolding && incoming.url?.startsWith('/api/')) held.push({ name, pass });
    else pass();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  let mode: GatedProxy['mode'] = 'pass';
  const passOne = (one: HeldRequest | undefined) => {
    held = held.filter((other) => other !== one);
    one?.pass();
  };
  const proxy: GatedProxy = {
    url: `http://127.0.0.1:${port}`,
    requests,
    get mode() {
      return mode;
    },
    set mode(wanted) {
      mode = wanted;
      // Open connections belong to the former mode.
      server.closeAllConnections();
    },
    hold: () => {
      isHolding = true;
    },
    passOldest: () => passOne(held[0]),
    pass: async (name) => {
      const one = await vi.waitUntil(() => held.find((other) => other.name === name), { timeout: 60_000 });
      passOne(one);
    },
    release: () => {
      isHolding = false;
      for (const one of held.splice(0)) one.pass();
    },
  };
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return proxy;
}
