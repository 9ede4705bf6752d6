import type { RequestHandler } from 'express';
import type { LiveEvent } from '../../runs/live-log';
import { HttpError, queryOf } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { needSession, needTenant } from './input';

/** Proxies cut connections on which nothing comes for a minute. */
const BEAT_MS = 15_000;
const MOST_WATCHERS = 50;
/** Of one session: browsers open six connections to a server, and some have several windows. */
const MOST_OF_SESSION = 10;
/**
 * What a browser has not read yet, as one that sleeps: it is cut off, and asks again when it wakes. Several times what
 * is remembered for those who begin to watch, which comes at once.
 */
const MOST_UNREAD_BYTES = 16 * 1024 * 1024;

/** `GET /api/live[?tenant=NAME]`: what happens in the host, as server-sent events; log lines of one tenant only. */
export function streamLive({ host, access }: DashboardDependencies): RequestHandler {
  let watchers = 0;
  return async (request, response) => {
    const session = needSession(access, request);
    const name = queryOf(request).get('tenant');
    if (name !== null) await needTenant(host, { params: { name } });
    if (session.ends.size >= MOST_OF_SESSION) {
      throw new HttpError(
        429,
        'too_many_streams',
        'Too many pages of this browser watch. Close some of them.',
      );
    }
    if (watchers >= MOST_WATCHERS) {
      throw new HttpError(503, 'too_many_watchers', 'Too many pages watch at once. Close some of them.');
    }
    watchers += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    // Tells the browser that it is connected, and when to try again.
    response.write('retry: 2000\n\n');
    const isWanted = ({ kind, tenant }: LiveEvent) =>
      name === null ? kind !== 'line' : tenant === name || tenant === '';
    // After a restart the events are counted anew.
    const [process, last] = String(request.headers['last-event-id'] ?? '').split('.');
    const after = process === host.live.name ? Number(last) || 0 : 0;
    const stop = host.live.watch(after, (event) => {
      if (!isWanted(event)) return;
      response.write(`id: ${host.live.name}.${event.id}\ndata: ${JSON.stringify(event)}\n\n`);
      if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
    });
    const end = () => {
      response.end();
    };
    session.ends.add(end);
    // Asking for the session ends it where its time is up.
    const beat = setInterval(() => {
      if (access.sessionOf(request) === session) response.write(':\n\n');
    }, BEAT_MS);
    response.on('close', () => {
      watchers -= 1;
      session.ends.delete(end);
      clearInterval(beat);
      stop();
    });
  };
}
