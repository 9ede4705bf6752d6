import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { type Answer, type Call, jsonAnswer } from '../http/server';
import { apiError, invalidBody, objectOf } from './api';
import type { LogStore } from './log-store';
import { type StreamConditions, StreamDelivery, type StreamPost } from './stream-delivery';
import type { TenantLog } from './types';

/** Auth0's filter categories, and the log types of those that the sandbox writes. */
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  'auth.login.fail': ['f', 'fp', 'fu', 'fc', 'fco', 'fcoa', 'fens'],
  'auth.login.notification': [],
  'auth.login.success': ['s'],
  'auth.logout.fail': ['flo'],
  'auth.logout.success': ['slo'],
  'auth.signup.fail': ['fs'],
  'auth.signup.success': ['ss'],
  'auth.silent_auth.fail': ['fsa'],
  'auth.silent_auth.success': ['ssa'],
  'auth.token_exchange.fail': ['feccft', 'feacft', 'fertft'],
  'auth.token_exchange.success': ['seccft', 'seacft', 'sertft'],
  'management.fail': ['fapi'],
  'management.success': ['sapi'],
  'scim.event': [],
  'system.notification': [],
  'user.fail': [],
  'user.notification': [],
  'user.success': [],
  other: [],
};

/** As Auth0 wants it, and on this machine also without encryption. */
const isEndpoint = (url: string) => URL.canParse(url) && /^(https:|http:\/\/127\.0\.0\.1[:/])/.test(url);

const name = v.pipe(v.string(), v.minLength(1));
const sink = v.object({
  httpEndpoint: v.pipe(
    v.string(),
    v.check(isEndpoint, 'Invalid value: sink.httpEndpoint must be an https URL'),
  ),
  httpContentType: v.optional(v.string(), 'application/json'),
  httpContentFormat: v.optional(v.picklist(['JSONARRAY', 'JSONLINES', 'JSONOBJECT']), 'JSONLINES'),
  httpAuthorization: v.optional(v.string()),
  httpCustomHeaders: v.optional(v.array(v.object({ header: v.string(), value: v.string() }))),
});
const filters = v.array(
  v.object({ type: v.literal('category'), name: v.picklist(Object.keys(CATEGORIES), 'Invalid filter name') }),
);
const piiConfig = v.strictObject({
  log_fields: v.array(v.picklist(['first_name', 'last_name', 'username', 'email', 'phone', 'address'])),
  method: v.optional(v.picklist(['mask', 'hash'])),
  algorithm: v.optional(v.literal('xxhash')),
});
const streamFields = v.strictObject({
  name: v.optional(name, 'Log stream'),
  type: v.literal('http', 'The sandbox has only log streams of type http'),
  sink,
  filters: v.optional(filters),
  startFrom: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  isPriority: v.optional(v.boolean()),
  pii_config: v.optional(piiConfig),
});
const streamChanges = v.strictObject({
  name: v.optional(name),
  status: v.optional(v.picklist(['active', 'paused'])),
  sink: v.optional(v.partial(sink)),
  filters: v.optional(filters),
  isPriority: v.optional(v.boolean()),
  pii_config: v.optional(piiConfig),
});

/** A log stream, as the Management API answers it. */
export interface SandboxLogStream extends Omit<v.InferOutput<typeof streamFields>, 'startFrom'> {
  id: string;
  status: 'active' | 'paused' | 'suspended';
}

interface LogStreamsOptions {
  conditions: StreamConditions;
  /** Epoch milliseconds. */
  now: () => number;
  /** How many the plan allows. */
  most: number;
}

const MOST_POSTS = 10_000;

const wants = ({ filters }: SandboxLogStream, type: string) =>
  !filters?.length || filters.some(({ name }) => CATEGORIES[name]?.includes(type));

/** The tenant's log streams, which post for real. */
export class LogStreams {
  /** What befalls their posts, from the next on. */
  readonly conditions: StreamConditions;
  /** How many the plan allows. */
  readonly most: number;
  /** The last 10,000 posts of all streams, those that failed and those that were dropped included. */
  readonly posts: StreamPost[] = [];
  readonly #now: () => number;
  readonly #streams = new Map<string, { stream: SandboxLogStream; delivery: StreamDelivery }>();

  constructor({ conditions, now, most }: LogStreamsOptions) {
    this.conditions = conditions;
    this.#now = now;
    this.most = most;
  }

  all(): SandboxLogStream[] {
    return [...this.#streams.values()].map(({ stream }) => stream);
  }

  find(id: string): SandboxLogStream | undefined {
    return this.#streams.get(id)?.stream;
  }

  create(fields: Omit<SandboxLogStream, 'id' | 'status'>): SandboxLogStream {
    const stream: SandboxLogStream = {
      id: `lst_${randomBytes(8).toString('hex')}`,
      status: 'active',
      ...fields,
    };
    const delivery = new StreamDelivery({
      sink: () => stream.sink,
      conditions: this.conditions,
      now: this.#now,
      isActive: () => stream.status === 'active' && this.#streams.has(stream.id),
      suspend: () => {
        stream.status = 'suspended';
      },
      onPost: (post) => {
        this.posts.push(post);
        if (this.posts.length > MOST_POSTS) this.posts.shift();
      },
    });
    this.#streams.set(stream.id, { stream, delivery });
    return stream;
  }

  /** A stream that is made active again continues with the logs that waited. */
  change(id: string, changes: Partial<Omit<SandboxLogStream, 'id'>>): void {
    const entry = this.#streams.get(id);
    if (!entry) return;
    Object.assign(entry.stream, changes);
    entry.delivery.start();
  }

  delete(id: string): void {
    this.#streams.get(id)?.delivery.close();
    this.#streams.delete(id);
  }

  /** Has every stream whose filters let it through post the log, to one stream alone where its id is given. */
  offer(log: TenantLog, only?: string): void {
    for (const { stream, delivery } of this.#streams.values()) {
      if ((only === undefined || only === stream.id) && wants(stream, log.type)) delivery.offer(log);
    }
  }

  /** Resolves when no active stream has anything left to post. */
  async settled(): Promise<void> {
    await Promise.all([...this.#streams.values()].map(({ delivery }) => delivery.settled()));
  }

  close(): void {
    for (const { delivery } of this.#streams.values()) delivery.close();
  }
}

/** What the endpoints answer from. */
interface Streaming {
  streams: LogStreams;
  logs: LogStore;
}

/** Posts the retained logs from a date on. */
function catchUp({ streams, logs }: Streaming, id: string, startFrom: string): void {
  const since = Date.parse(startFrom);
  for (let position = logs.oldest; position < logs.count; position += 1) {
    const log = logs.at(position);
    if (log && Date.parse(log.date) >= since) streams.offer(log, id);
  }
}

/** `GET` and `POST /api/v2/log-streams`. */
export function answerLogStreams(tenant: Streaming, call: Call): Answer {
  const { streams } = tenant;
  if (call.method === 'GET') return jsonAnswer(200, streams.all());
  const parsed = v.safeParse(streamFields, objectOf(call));
  if (!parsed.success) return invalidBody(parsed.issues[0].message);
  if (streams.most === 0) {
    return apiError(403, 'Log streams are not enabled for this tenant.', 'feature_not_enabled');
  }
  if (streams.all().length >= streams.most) {
    return apiError(409, 'You have reached the maximum number of log streams.', 'log_streams_limit_reached');
  }
  const { startFrom, ...fields } = parsed.output;
  const stream = streams.create(fields);
  if (startFrom !== undefined) catchUp(tenant, stream.id, startFrom);
  return jsonAnswer(200, stream);
}

type Defined<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** What a change says anything of. */
const definedOf = <Fields extends object>(fields: Fields): Defined<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>;

/** `GET`, `PATCH` and `DELETE /api/v2/log-streams/{id}`. */
export function answerLogStream({ streams }: Streaming, call: Call, id: string): Answer {
  if (call.method === 'DELETE') {
    streams.delete(id);
    return { status: 204, body: '' };
  }
  const stream = streams.find(id);
  if (!stream) return apiError(404, 'The log stream does not exist.', 'inexistent_log_stream');
  if (call.method === 'GET') return jsonAnswer(200, stream);
  const parsed = v.safeParse(streamChanges, objectOf(call));
  if (!parsed.success) return invalidBody(parsed.issues[0].message);
  const { sink: changed, ...changes } = parsed.output;
  streams.change(id, { ...definedOf(changes), sink: { ...stream.sink, ...definedOf(changed ?? {}) } });
  return jsonAnswer(200, streams.find(id));
}
