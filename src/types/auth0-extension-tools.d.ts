declare module 'auth0-extension-tools/src/storage/webtaskStorageContext' {
  /** Promises over the callbacks of the platform's storage. */
  export default class WebtaskStorageContext {
    constructor(storage: object, options?: { force?: 0 | 1; etag?: string | null; defaultData?: unknown });
    read(): Promise<unknown>;
    write(data: object): Promise<void>;
  }
}

declare module 'auth0-extension-tools/src/config/configFactory' {
  /** Makes a function that answers a setting's value from the provider it is given. */
  export default function configFactory(): {
    (key: string): unknown;
    setProvider(provider: (key: string) => unknown): void;
    setValue(key: string, value: unknown): void;
  };
}

declare module 'auth0-extension-tools/src/config/configProvider' {
  /** Settings out of a webtask's secrets, its parameters and the environment, in this order. */
  export function fromWebtaskContext(context: object): (key: string) => unknown;
}
