declare module 'webtask-runtime' {
  import type { Server } from 'node:http';
  import type { WebtaskStorage } from '../../src/storage/webtask-store';

  /** The local runtime's storage: one handle for all requests. */
  export interface RuntimeStorage extends WebtaskStorage {
    readonly data: unknown;
  }
  export function createStorage(initialData?: object): RuntimeStorage;
  export function createServer(
    code: string,
    options: {
      secrets?: Record<string, string>;
      storage?: WebtaskStorage;
      token?: string;
      parseBody?: number;
      container?: string;
      url_format?: number;
    },
  ): Server;
}
