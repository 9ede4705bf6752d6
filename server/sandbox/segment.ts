import { gunzipSync } from 'node:zlib';
import type { Faults } from './http/faults';
import {
  type Answer,
  type Call,
  jsonAnswer,
  type SandboxServer,
  type ServerOptions,
  startServer,
} from './http/server';
import { type Arrival, type DroppedEvent, EventStore, type Keep, type SegmentEvent } from './segment-events';

/** The request's body as it was before compression, or nothing for a broken one. */
function plainBody({ headers, body }: Call): Buffer | undefined {
  if (headers['content-encoding'] !== 'gzip') return body;
  try {
    return gunzipSync(body);
  } catch {
    return undefined;
  }
}

/** A request that passed Segment's checks at the door. */
interface Batch {
  /** Each call, and its JSON as it arrived. */
  calls: Pick<Arrival, 'call' | 'json'>[];
  sentAt: unknown;
  /** From the body, where the client sends it there. */
  writeKey: string | undefined;
}

const MOST_BYTES = 500 * 1024;
const MOST_EVENT_BYTES = 32 * 1024;
const MOST_EVENTS = 2500;

/** The calls in a batch request, or why Segment answers 400 to all of it. */
function readBatch(body: Buffer): Batch | string {
  if (body.length > MOST_BYTES) return `Request of ${body.length} bytes is over ${MOST_BYTES}`;
  const text = body.toString();
  const value = parsed(text);
  if (!isRecord(value)) return 'Malformed JSON';
  const { batch, writeKey, sentAt } = value;
  if (!Array.isArray(batch)) return 'No batch';
  if (batch.length > MOST_EVENTS) return `${batch.length} events are over ${MOST_EVENTS}`;
  const jsons = itemsOf(text, 'batch');
  const calls: Batch['calls'] = [];
  for (const [index, call] of (batch as unknown[]).entries()) {
    if (!isRecord(call)) return 'An event is not an object';
    calls.push({ call, json: jsons[index] ?? '' });
  }
  if (calls.some(({ json }) => Buffer.byteLength(json) > MOST_EVENT_BYTES))
    return `An event is over ${MOST_EVENT_BYTES} bytes`;
  return { calls, sentAt, writeKey: typeof writeKey === 'string' ? writeKey : undefined };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Returns the objects in a list of a JSON object, each as it is written there.
 *
 * @param name of the list
 */
function itemsOf(json: string, name: string): string[] {
  const items: string[] = [];
  const key = JSON.stringify(name);
  let [depth, start, isInList, last] = [0, 0, false, ''];
  for (const { 0: token, index } of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/g)) {
    if (token === '{' || token === '[') {
      depth++;
      if (depth === 2) isInList = last === key;
      if (depth === 3) start = index;
    } else if (token === '}' || token === ']') {
      if (depth === 3 && isInList) items.push(json.slice(start, index + 1));
      depth--;
    } else if (depth === 1) last = token;
  }
  return items;
}

/** How the sandbox's Segment is set up. */
export interface SegmentOptions {
  writeKey?: string;
  /** Write keys of further sources. Segment deduplicates across all of them. */
  otherWriteKeys?: readonly string[];
  /** What an unknown write key is answered; its events are dropped whatever the status. Default 200. */
  unknownKeyStatus?: number;
  /** Default `all`. */
  keep?: Keep;
  /** Segment's clock, in epoch milliseconds: the `Date` of answers, the stored times. */
  now?: () => number;
}

/** The sandbox's Segment, as tests see it. */
export interface SegmentSandbox {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly writeKey: string;
  readonly server: SandboxServer;
  readonly faults: Faults;
  /** Requests that arrived, faulty and refused ones included. */
  readonly requests: number;
  /** Requests by the status they were answered. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Bytes of each request's body before compression, but for those that a fault struck. */
  readonly requestSizes: readonly number[];
  /** Each event once, in the order of arrival; empty unless `keep` is `all`. */
  readonly received: readonly SegmentEvent[];
  /** Those of them that arrived at the source with this write key. */
  receivedAt(writeKey: string): readonly SegmentEvent[];
  /** Arrivals whose `messageId` had arrived before. */
  readonly duplicates: number;
  /** Arrivals that were not dropped, duplicates included. */
  readonly accepted: number;
  /** Calls that were answered with 200 and dropped all the same, the first 10,000 of them. */
  readonly dropped: readonly DroppedEvent[];
  /** How often each `messageId` of a type arrived; empty where `keep` is `none`. */
  ids(type: string): ReadonlyMap<string, number>;
  /** A received event as it arrived: JSON whose numbers have the digits that were sent. */
  jsonOf(event: SegmentEvent): string;
  tracks(): SegmentEvent[];
  identifies(): SegmentEvent[];
  /**
   * From now on a request with a call that matches is returned 400 and taken in no part.
   *
   * @returns ends the refusal
   */
  refuse(predicate: (call: Readonly<Record<string, unknown>>) => boolean): () => void;
  /** Forgets everything that arrived; planned faults and refusals stay. */
  reset(): void;
}

/** Starts Segment's batch endpoint. */
export async function startSegment(
  options: SegmentOptions,
  serverOptions: ServerOptions,
): Promise<SegmentSandbox> {
  const { writeKey = 'sandboxSegmentWriteKey7Jp2', unknownKeyStatus = 200, now = Date.now } = options;
  const writeKeys = new Set([writeKey, ...(options.otherWriteKeys ?? [])]);
  const store = new EventStore(options.keep ?? 'all');
  const refusals = new Set<(call: Readonly<Record<string, unknown>>) => boolean>();
  let requests = 0;
  let statuses: Record<number, number> = {};
  let requestSizes: number[] = [];

  /** As Segment's own answers, which say what time it is there. */
  const dated = (answer: Answer): Answer => ({
    ...answer,
    headers: { ...answer.headers, date: new Date(now()).toUTCString() },
  });

  function answerBatch(call: Call): Answer {
    const body = plainBody(call);
    if (body === undefined) return refusal('Malformed gzip');
    requestSizes.push(body.length);
    const batch = readBatch(body);
    if (typeof batch === 'string') return refusal(batch);
    for (const refused of refusals)
      if (batch.calls.some(({ call }) => refused(call))) return refusal('Refused');
    const key = basicUser(call.headers.authorization) ?? batch.writeKey;
    if (key === undefined || !writeKeys.has(key)) {
      for (const { call } of batch.calls) store.drop(call, 'unknown write key');
      return jsonAnswer(unknownKeyStatus, { success: unknownKeyStatus < 300 });
    }
    const { sentAt } = batch;
    for (const one of batch.calls) store.take({ ...one, sentAt, receivedAt: now(), writeKey: key });
    return jsonAnswer(200, { success: true });
  }

  const server = await startServer(
    {
      endpointOf: (method, path) => (method === 'POST' && path === '/v1/batch' ? 'batch' : 'other'),
      answer: (call, endpoint) =>
        dated(
          endpoint === 'batch'
            ? answerBatch(call)
            : jsonAnswer(404, { success: false, message: 'Not Found' }),
        ),
      watch: () => {
        requests++;
        return (status) => {
          statuses[status] = (statuses[status] ?? 0) + 1;
        };
      },
    },
    serverOptions,
  );

  return {
    url: server.url,
    writeKey,
    server,
    faults: server.faults,
    get requests() {
      return requests;
    },
    get statuses() {
      return statuses;
    },
    get requestSizes() {
      return requestSizes;
    },
    get received() {
      return store.received;
    },
    receivedAt: (key) => store.receivedAt(key),
    get duplicates() {
      return store.duplicates;
    },
    get accepted() {
      return store.accepted;
    },
    get dropped() {
      return store.dropped;
    },
    ids: (type) => store.ids(type),
    jsonOf: (event) => store.jsonOf(event),
    tracks: () => store.received.filter(({ type }) => type === 'track'),
    identifies: () => store.received.filter(({ type }) => type === 'identify'),
    refuse(predicate) {
      refusals.add(predicate);
      return () => refusals.delete(predicate);
    },
    reset() {
      store.reset();
      requests = 0;
      statuses = {};
      requestSizes = [];
    },
  };
}

function refusal(message: string): Answer {
  return jsonAnswer(400, { success: false, code: 'invalid_request', message });
}

function basicUser(authorization: string | undefined): string | undefined {
  const encoded = /^Basic (.+)$/i.exec(authorization ?? '')?.[1];
  return encoded && Buffer.from(encoded, 'base64').toString().split(':')[0];
}
