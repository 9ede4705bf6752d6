import type { AddressInfo } from 'node:net';
import { createConnection, createServer, type Socket } from 'node:net';

/** Stands between a client and a server, and cuts where it is told to. */
export interface CuttingProxy {
  readonly port: number;
  /** Hands over the next message of a client that has this text, and cuts the connection before its answer. */
  cutAfter(text: string): void;
  /**
   * Cuts all clients off until {@link restore}: their connections are closed and new ones refused, or, as where a
   * network drops what is sent, nothing comes through and nobody is told.
   */
  cut(how: 'refused' | 'silent'): void;
  /** Lets through again what comes, and what was held back. */
  restore(): void;
  /** Leaves the connections that are there without a word for good, as where a machine is lost; new ones come through. */
  lose(): void;
  /** Of cuts so far. */
  readonly cuts: number;
  close(): Promise<void>;
}

/** @param port of the server, on this machine */
export async function startCuttingProxy(port: number): Promise<CuttingProxy> {
  let wanted: string | undefined;
  let cuts = 0;
  let state: 'open' | 'refused' | 'silent' = 'open';
  const sockets = new Set<Socket>();
  const lost = new WeakSet<Socket>();
  const server = createServer((client) => {
    if (state === 'refused') {
      client.destroy();
      return;
    }
    const upstream = createConnection(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => {
        // The other end has gone.
      });
    }
    client.on('close', () => upstream.end());
    upstream.on('close', () => client.destroy());
    upstream.on('data', (data) => client.write(data));
    client.on('data', (data) => {
      if (wanted === undefined || !data.includes(wanted)) {
        upstream.write(data);
        return;
      }
      wanted = undefined;
      cuts += 1;
      // What the server has read it does, whoever waits for its answer.
      upstream.removeAllListeners('data');
      upstream.on('data', () => client.destroy());
      upstream.write(data);
    });
    if (state === 'silent') for (const socket of [client, upstream]) socket.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cutAfter: (text) => {
      wanted = text;
    },
    cut: (how) => {
      state = how;
      cuts += 1;
      for (const socket of sockets) {
        if (how === 'refused') socket.destroy();
        else socket.pause();
      }
    },
    restore: () => {
      state = 'open';
      for (const socket of sockets) if (!lost.has(socket)) socket.resume();
    },
    lose: () => {
      cuts += 1;
      for (const socket of sockets) {
        socket.pause();
        lost.add(socket);
      }
    },
    get cuts() {
      return cuts;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
