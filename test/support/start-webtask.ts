import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, createStorage } from 'webtask-runtime';
import type { RunRecord } from '../../src/storage/run-record';
import type { RunState } from '../../src/storage/run-state';
import type { WebtaskStorage } from '../../src/storage/webtask-store';

const bundle = new URL('../../build/bundle.js', import.meta.url);

/** What the platform posts to run a cron job. */
export const cronJob = { name: 'auth0-logs-to-segment', schedule: '0 */5 * * * *', state: 'active' };

/** A run's answer as the cron view shows it. */
export interface CronResult {
  statusCode: number;
  body: { status: RunRecord; checkpoint: string | null };
}

/** The built bundle in Auth0's local runtime. */
export interface RunningWebtask {
  url: string;
  token: string;
  /** Triggers an execution as the platform does. */
  cron(): Promise<CronResult>;
  /** The stored document. */
  state(): RunState;
  close(): Promise<void>;
}

/** What the webtask is started with. */
export interface WebtaskOptions {
  /** Settings, and what the platform passes at installation. */
  secrets: Record<string, string>;
  /** What is stored already. */
  state?: object;
  /** In place of the runtime's own storage. */
  storage?: WebtaskStorage;
  /** 1: the runtime reads bodies. */
  parseBody?: 0 | 1;
}

/** Starts the built bundle in Auth0's webtask-runtime on a free port of 127.0.0.1. */
export async function startWebtask(options: WebtaskOptions): Promise<RunningWebtask> {
  const token = 'webtask-token-8c1f0e6a2b';
  const own = createStorage(options.state);
  const storage = options.storage ?? own;
  const server = createServer(await readFile(bundle, 'utf8'), {
    secrets: options.secrets,
    storage,
    token,
    parseBody: options.parseBody ?? 0,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token,
    cron: async () => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(cronJob),
      });
      return { statusCode: response.status, body: (await response.json()) as CronResult['body'] };
    },
    state: () => own.data as RunState,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
