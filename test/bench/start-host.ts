import type { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import type { RunRecord } from '../../src/storage/run-state';
import type { Webtask, WebtaskContext, WebtaskRequest } from '../../src/webtask';

/** What a cron request is answered. */
export interface CronAnswer {
  statusCode: number;
  status: RunRecord;
}

/** A process that has loaded the built bundle as the platform does. */
export interface Host {
  /** One execution. */
  trigger(): Promise<CronAnswer>;
}

const TOKEN = 'webtask-token-of-the-bench';

/**
 * Loads the built bundle and calls it: the least that the platform does, so that what is measured is the
 * bundle's own.
 *
 * @param secrets settings, and what the platform passes at installation
 * @param state what is stored already
 */
export function startHost(secrets: Record<string, string>, state?: object): Host {
  const require = createRequire(import.meta.url);
  // Another where bundles are compared; else from build/out/bench/processes, where this ends up.
  const webtask = require(process.env.BUNDLE ?? '../../../bundle.js') as Webtask;
  // Serialised, as the platform does it.
  let stored = state && JSON.stringify(state);
  const storage = {
    get: (callback: (error: unknown, data?: unknown) => void) =>
      callback(null, stored === undefined ? undefined : JSON.parse(stored)),
    set: (data: unknown, _options: object, callback: (error?: unknown) => void) => {
      stored = JSON.stringify(data);
      callback(null);
    },
  };
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  return {
    trigger: () =>
      new Promise((resolve) => {
        const body = { schedule: '0 */5 * * * *', state: 'active' };
        const context: WebtaskContext = { secrets, headers, storage, token: TOKEN, body };
        const request = Object.assign(Readable.from([]), { method: 'POST', url: '/', headers });
        let statusCode = 0;
        const response = {
          writeHead: (status: number) => {
            statusCode = status;
          },
          end: (text: string) => {
            resolve({ statusCode, status: (JSON.parse(text) as { status: RunRecord }).status });
          },
        };
        webtask(context, request as unknown as WebtaskRequest, response as unknown as ServerResponse);
      }),
  };
}
