declare module 'webtask-runtime' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  type WebtaskStorage = import('../../src/storage/webtask-storage').WebtaskStorage;

  /** The local runtime's storage: one handle for all requests. */
  export interface RuntimeStorage extends WebtaskStorage {
    readonly data: unknown;
  }
  export interface RuntimeOptions {
    storage?: WebtaskStorage;
    token?: string;
    logger?: { info(text: string): void; warn(text: string): void; error(text: string): void };
  }
  type WebtaskFunction = (...args: unknown[]) => unknown;
  const runtime: {
    createStorage(initialData?: object): RuntimeStorage;
    compile(
      code: string,
      options: object,
      callback: (error: unknown, webtask: WebtaskFunction) => void,
    ): void;
    createHandler(
      webtask: WebtaskFunction,
      options: RuntimeOptions,
    ): (request: IncomingMessage, response: ServerResponse) => void;
  };
  export default runtime;
}
