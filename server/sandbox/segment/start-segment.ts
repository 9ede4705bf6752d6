import type { Answer } from '../http/answer';
import type { Call } from '../http/call';
import { jsonAnswer } from '../http/json-answer';
import { type ServerOptions, startServer } from '../http/start-server';
import { EventStore } from './event-store';
import { plainBody } from './plain-body';
import { readBatch } from './read-batch';
import type { SegmentOptions, SegmentSandbox } from './segment-sandbox';

/** Starts Segment's batch endpoint. */
export async function startSegment(
  options: SegmentOptions,
  serverOptions: ServerOptions,
): Promise<SegmentSandbox> {
  const { writeKey = 'sandboxSegmentWriteKey7Jp2', unknownKeyStatus = 200 } = options;
  const writeKeys = new Set([writeKey, ...(options.otherWriteKeys ?? [])]);
  const store = new EventStore(options.keep ?? 'all');
  const refusals = new Set<(call: Readonly<Record<string, unknown>>) => boolean>();
  let requests = 0;
  let statuses: Record<number, number> = {};
  let requestSizes: number[] = [];

  function answerBatch(call: Call): Answer {
    const body = plainBody(call);
    if (body === undefined) return refusal('Malformed gzip');
    requestSizes.push(body.length);
    const batch = readBatch(body);
    if (typeof batch === 'string') return refusal(batch);
    for (const refused of refusals) if (batch.calls.some(refused)) return refusal('Refused');
    const key = basicUser(call.headers.authorization) ?? batch.writeKey;
    if (key === undefined || !writeKeys.has(key)) {
      for (const event of batch.calls) store.drop(event, 'unknown write key');
      return jsonAnswer(unknownKeyStatus, { success: unknownKeyStatus < 300 });
    }
    for (const event of batch.calls) store.take(event, key);
    return jsonAnswer(200, { success: true });
  }

  const server = await startServer(
    {
      endpointOf: (method, path) => (method === 'POST' && path === '/v1/batch' ? 'batch' : 'other'),
      answer: (call, endpoint) =>
        endpoint === 'batch' ? answerBatch(call) : jsonAnswer(404, { success: false, message: 'Not Found' }),
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
