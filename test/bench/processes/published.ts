import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import { serveOrders } from '../serve-orders';

/** The published libraries are installed beside the bench, not beside the exporter. */
const require = createRequire(new URL('../../../../test/bench/package.json', import.meta.url));

/** The parts of the published libraries that are used here; they have no types. */
interface Published {
  tools: {
    managementApi: {
      getClient(options: object): Promise<{ users: { get(by: { id: string }): Promise<PublishedUser> } }>;
    };
  };
  logTools: {
    LogsProcessor: new (
      storage: { read(): Promise<object>; write(data: object): Promise<object> },
      options: object,
    ) => {
      run(
        handler: (logs: PublishedLog[], done: (error?: unknown) => void) => void,
      ): Promise<{ status: { logsProcessed: number; error?: unknown } }>;
    };
    logTypes: { get(type: string): string };
  };
  Analytics: new (
    key: string,
    options: object,
  ) => { track(call: object, done: (error?: unknown) => void): void };
}
interface PublishedUser {
  user_metadata?: object;
  app_metadata?: object;
}
interface PublishedLog {
  user_id?: string;
  type: string;
}

/** What a run of the published libraries is given. */
export interface PublishedSetup {
  secrets: Record<string, string>;
  batchSize: number;
  /** The client's own default, 20, where it is not given. */
  flushAt?: number;
}

const CONCURRENCY = 10;

/** They only know https; the sandbox only http. Connections that they reuse stay reused. */
function sendHttpsOverHttp(): void {
  const request = http.request.bind(http) as (...args: unknown[]) => http.ClientRequest;
  const plain = (...args: unknown[]) =>
    request(
      ...args.map((arg) => {
        if (typeof arg === 'string') return arg.replace(/^https:/, 'http:');
        if (typeof arg !== 'object' || arg === null) return arg;
        const agent = 'agent' in arg && arg.agent === false ? false : http.globalAgent;
        return { ...arg, protocol: 'http:', agent };
      }),
    );
  https.request = plain as typeof https.request;
}

/** Works on each item, ten at a time. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

const orders = {
  /** One run of theirs, as an extension made of them has it: one user lookup for each log. */
  run: async ({ secrets, batchSize, flushAt }: PublishedSetup) => {
    sendHttpsOverHttp();
    const { managementApi } = require('auth0-extension-tools') as Published['tools'];
    const { LogsProcessor, logTypes } = require('auth0-log-extension-tools') as Published['logTools'];
    const Analytics = require('analytics-node') as Published['Analytics'];
    const tenant = {
      domain: secrets.AUTH0_DOMAIN,
      clientId: secrets.AUTH0_CLIENT_ID,
      clientSecret: secrets.AUTH0_CLIENT_SECRET,
    };
    let stored: object = {};
    const storage = {
      read: async () => stored,
      write: async (data: object) => {
        stored = data;
        return data;
      },
    };
    const begun = performance.now();
    const { users } = await managementApi.getClient(tenant);
    const analytics = new Analytics(secrets.SEGMENT_KEY ?? '', {
      host: secrets.SEGMENT_ENDPOINT,
      ...(flushAt === undefined ? {} : { flushAt }),
    });
    const profileOf = async (id: string): Promise<object> => {
      try {
        const { user_metadata, app_metadata, ...own } = await users.get({ id });
        return { ...user_metadata, ...own, ...app_metadata };
      } catch (error) {
        if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return {};
        throw error;
      }
    };
    const send = async ({ user_id: userId, type }: PublishedLog) => {
      if (!userId) return;
      const properties = await profileOf(userId);
      await new Promise<void>((resolve, reject) => {
        analytics.track({ userId, event: logTypes.get(type), properties }, (error) =>
          error ? reject(error) : resolve(),
        );
      });
    };
    const processor = new LogsProcessor(storage, { ...tenant, batchSize, logTypes: ['s', 'ss', 'f'] });
    const { status } = await processor.run((logs, done) => {
      eachOf(logs, send).then(() => done(), done);
    });
    if (status.error) throw new Error(`The published libraries failed: ${String(status.error)}`);
    return { ms: performance.now() - begun, processed: status.logsProcessed };
  },
};

export type PublishedOrders = typeof orders;

serveOrders(orders);
