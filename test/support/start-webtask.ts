import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import runtime from 'webtask-runtime';
import type { RunRecord } from '../../src/storage/run-state';
import type { WebtaskStorage } from '../../src/storage/webtask-storage';
import type { StoredDocument } from './stored-document';

const bundle = new URL('../../build/bundle.js', import.meta.url);
const compile = promisify(runtime.compile);
/** One process serves many requests on the platform too; a test that needs a cold one starts a process. */
const compiled = readFile(bundle, 'utf8').then((code) => compile(code, {}));
const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** What the platform posts to run a cron job. */
export const cronJob = { name: 'auth0-logs-to-segment', schedule: '0 */5 * * * *', state: 'active' };

/** A run's answer as the cron view shows it. */
export interface CronResult {
  statusCode: number;
  body: { status: RunRecord; checkpoint: string | null };
}

/** The built bundle in Auth0's local runtime. */
export interface RunningWebtask {
  /** Of the host; the webtask is at its mount below it. */
  url: string;
  token: string;
  /** The settings; what is changed here holds from the next request on. */
  secrets: Record<string, string>;
  /** Triggers an execution as the platform does. */
  cron(path?: string): Promise<CronResult>;
  /** The text of every answer to a trigger. */
  readonly answers: readonly string[];
  /** The stored document, where the runtime's own storage is used. */
  state(): StoredDocument;
  close(): Promise<void>;
}

/** What the webtask is started with. */
export interface WebtaskOptions {
  /** Settings, and what the platform passes at installation. */
  secrets: Record<string, string>;
  /** What is stored already. */
  state?: object;
  /** In place of the runtime's own storage: makes the handle of each request. */
  storage?: () => WebtaskStorage;
  /** 1: the platform parses bodies. */
  parseBody?: 0 | 1;
  /** The context holds no token of the webtask's own. */
  withoutToken?: boolean;
  /** Where it listens. Default 0: a free one. */
  port?: number;
  /** How the platform addresses the webtask; by default it has its host for itself. */
  mount?: { urlFormat: number; container: string; name: string };
}

/** Starts the built bundle in Auth0's webtask-runtime on 127.0.0.1. */
export async function startWebtask(options: WebtaskOptions): Promise<RunningWebtask> {
  const { mount, parseBody = 0, withoutToken = false, port = 0 } = options;
  const token = 'webtask-token-8c1f0e6a2b';
  const secrets = { ...options.secrets };
  const own = runtime.createStorage(options.state);
  const webtask = await compiled;
  const server = createServer((request, response) => {
    const parameters = {
      container: mount?.container ?? 'container',
      jtn: mount?.name,
      url_format: mount?.urlFormat ?? 3,
      ectx: secrets,
      pb: parseBody,
    };
    request.headers['x-wt-params'] = Buffer.from(JSON.stringify(parameters)).toString('base64');
    runtime.createHandler(webtask, {
      storage: options.storage?.() ?? own,
      logger: silent,
      ...(withoutToken ? {} : { token }),
    })(request, response);
  });
  const answers: string[] = [];
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token,
    secrets,
    answers,
    cron: async (path = '') => {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(cronJob),
      });
      const text = await response.text();
      answers.push(text);
      return { statusCode: response.status, body: JSON.parse(text) as CronResult['body'] };
    },
    state: () => own.data as StoredDocument,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
