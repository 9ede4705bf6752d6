import type { RequestHandler } from 'express';
import { HttpError } from '../../extension/http/http-error';
import type { DashboardParts } from '../dashboard-parts';

/** Proxies cut connections on which nothing comes for a minute. */
const BEAT_MS = 15_000;
const MOST_WATCHERS = 50;

/** `GET /api/live`: what happens in the host, as server-sent events. */
export function streamLive({ host, sessions }: DashboardParts): RequestHandler {
  let watchers = 0;
  return (request, response) => {
    if (watchers >= MOST_WATCHERS) {
      throw new HttpError(503, 'too_many_watchers', 'Too many pages watch at once. Close some of them.');
    }
    watchers += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    // Tells the browser that it is connected, and when to try again.
    response.write('retry: 2000\n\n');
    // After a restart the events are counted anew.
    const [name, last] = String(request.headers['last-event-id'] ?? '').split('.');
    const after = name === host.live.name ? Number(last) || 0 : 0;
    const stop = host.live.watch(after, (event) => {
      response.write(`id: ${host.live.name}.${event.id}\ndata: ${JSON.stringify(event)}\n\n`);
    });
    const beat = setInterval(() => {
      if (sessions.isSignedIn(request.headers.cookie)) response.write(':\n\n');
      else response.end();
    }, BEAT_MS);
    response.on('close', () => {
      watchers -= 1;
      clearInterval(beat);
      stop();
    });
  };
}
