import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Clock } from '../../src/time';
import { DatabaseError } from '../database/errors';
import { HttpError } from '../web/http';
import type { LogStreams } from './log-streams';
import { createPlaces } from './places';
import { highestLogOf } from './posted-logs';
import { checkHead, readPost } from './read-post';
import type { TriggerTokens } from './trigger-tokens';

/** The path that log streams post to, in front of the tenant's name. */
export const LOG_STREAMS_PATH = '/log-streams/';

/** What the endpoint works with. */
interface EndpointOptions {
  streams: Pick<LogStreams, 'trigger' | 'typesOf'>;
  tokens: Pick<TriggerTokens, 'find'>;
  clock: Clock;
  /** Told of each post that was refused; `code` is a stable name. */
  onRefused: (request: IncomingMessage, code: string) => void;
  /** Told of what is the host's own fault. */
  onTrouble: (error: unknown) => void;
}

/** Posts that are read at once: 2 MB each, a few times that while they are parsed. */
const MOST_READ = 16;
const MOST_READ_OF_ONE = 4;
/** Posts that wait to be read; each keeps a connection, and nothing of its body. */
const MOST_WAITING = 500;
/** A refusal is lost where the connection is closed while much is still being sent: so much of it is thrown away first. */
const MOST_DRAINED_BYTES = 256 * 1024;
const LONGEST_DRAIN_MS = 2_000;

/** The path of a request, without its query. */
const pathOf = ({ url = '/' }: IncomingMessage) => url.split('?', 1)[0] ?? '/';

/** Whether a request is for the log streams. */
export const isForLogStreams = (request: IncomingMessage): boolean =>
  pathOf(request).startsWith(LOG_STREAMS_PATH);

const unauthorized = () =>
  new HttpError(
    401,
    'wrong_token',
    'This is not the token of this log stream. Make a new one with the command tenants token NAME, or on the page of the tenant, and put it into Authorization Token of the log stream in Auth0, with the word Bearer in front.',
  );
const busy = () =>
  new HttpError(503, 'busy', 'Too many posts wait to be read. Auth0 posts this one again by itself.');

function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof DatabaseError) return new HttpError(503, 'database_unusable', error.reason);
  return new HttpError(
    500,
    'internal_error',
    'This could not be done, because of a fault of the host. Its output says more.',
  );
}

/** Ends the connection of a request that was refused, after a little of what is still being sent. */
function drain(request: IncomingMessage, clock: Clock): void {
  if (request.complete) return;
  let size = 0;
  const cut = () => request.socket.destroy();
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MOST_DRAINED_BYTES) cut();
  });
  request.resume();
  const closed = new AbortController();
  request.once('close', () => closed.abort());
  clock.sleep(LONGEST_DRAIN_MS, closed.signal).then(cut, () => {
    // All of it has come.
  });
}

/**
 * Makes what takes the posts of Auth0's log streams: `POST /log-streams/NAME`. Whoever has no token is told nothing of
 * the tenants, and nothing of what he sends is read.
 */
export function createLogStreamEndpoint(options: EndpointOptions): RequestListener {
  const { streams, tokens, clock } = options;
  const places = createPlaces(MOST_READ, MOST_READ_OF_ONE, MOST_WAITING);

  const accept = async (request: IncomingMessage): Promise<void> => {
    const path = pathOf(request);
    const name = path.slice(LOG_STREAMS_PATH.length).replace(/\/$/, '');
    if (!path.startsWith(LOG_STREAMS_PATH) || name === '' || name.includes('/')) {
      throw new HttpError(
        404,
        'not_found',
        'There is nothing at this address. Log streams post to /log-streams/NAME.',
      );
    }
    if (request.method !== 'POST') {
      throw new HttpError(
        405,
        'method_not_allowed',
        'Log streams POST to this address; nothing else is done here.',
      );
    }
    const stream = await tokens.find(name, request.headers.authorization ?? '');
    if (!stream) throw unauthorized();
    checkHead(request);
    const types = await streams.typesOf(stream);
    const noted = await places.take(stream.tenantId, async () => {
      const highest = highestLogOf(await readPost(request, clock), types);
      return { noted: streams.trigger(stream, highest) };
    });
    if (!noted) throw busy();
    await noted.noted;
  };

  const refuse = (request: IncomingMessage, response: ServerResponse, error: unknown) => {
    const { status, code, message } = toHttpError(error);
    if (status === 500) options.onTrouble(error);
    options.onRefused(request, code);
    if (response.destroyed || response.headersSent) return;
    if (status === 401) response.setHeader('www-authenticate', 'Bearer realm="log-streams"');
    if (status === 405) response.setHeader('allow', 'POST');
    if (status === 503) response.setHeader('retry-after', '1');
    if (!request.complete) response.setHeader('connection', 'close');
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: code, message }));
    drain(request, clock);
  };

  return (request, response) => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    accept(request).then(
      () => response.writeHead(204).end(),
      (error: unknown) => refuse(request, response, error),
    );
  };
}
