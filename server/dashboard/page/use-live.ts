import { createContext } from 'preact';
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { LiveEvent } from '../api/view';
import { askSession, callApi, describeProblem, problemCode, useHostWatch } from './api';
import { hashOf, parseRoute, type Route } from './routes';

/** Called where the session has ended. */
export const Locked = createContext<() => void>(() => {});

/** A host that does not answer is asked again so often, in milliseconds. */
export const RETRY_MS = 3_000;

/** What the host was asked for. */
interface Loaded<Data> {
  /** The newest answer to what is asked for now. */
  data: Data | undefined;
  /** Why there is none, or no newer one. */
  problem: string;
  /** Stable name of why. */
  code: string;
  /**
   * Asks again, at most once in a while however often it is called.
   *
   * @returns settles when a request that was made after it has been answered, or nobody waits any more; never rejects
   */
  reload: () => Promise<void>;
}

/**
 * Asks the host for something, and again when told to. Of many wishes within the pause one request is made; none
 * while nobody looks.
 *
 * @param pauseMs the least time from one request to the next
 * @param keeps whether the former answer stays while another address is asked
 */
export function useLoaded<Data>(path: string, pauseMs: number, keeps = false): Loaded<Data> {
  const onLocked = useContext(Locked);
  const [answer, setAnswer] = useState<{ path: string; data: Data }>();
  const [failure, setFailure] = useState({ problem: '', code: '' });
  const ask = useRef(() => {});
  const waiting = useRef<(() => void)[]>([]);

  useEffect(() => {
    let isCurrent = true;
    let isResting = false;
    let isWanted = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      isResting = true;
      isWanted = false;
      let pause = pauseMs;
      const answered = waiting.current.splice(0);
      try {
        const data = await callApi<Data>(path);
        if (!isCurrent) return;
        setAnswer({ path, data });
        setFailure({ problem: '', code: '' });
      } catch (error) {
        if (!isCurrent) return;
        const code = problemCode(error);
        if (code === 'unreachable') {
          isWanted = true;
          pause = Math.max(pauseMs, RETRY_MS);
        }
        if (code === 'locked') onLocked();
        else setFailure({ problem: describeProblem(error), code });
      } finally {
        for (const settle of answered) settle();
      }
      timer = setTimeout(() => {
        isResting = false;
        if (isWanted) ask.current();
      }, pause);
    };
    ask.current = () => {
      if (isResting || document.hidden) isWanted = true;
      else load();
    };
    const look = () => {
      if (isWanted) ask.current();
    };
    load();
    document.addEventListener('visibilitychange', look);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
      for (const settle of waiting.current.splice(0)) settle();
    };
  }, [path, pauseMs, onLocked]);
  // Says so where anything else was not answered, and is up to date once it is.
  useHostWatch(() => ask.current());

  const reload = useCallback(
    () =>
      new Promise<void>((settle) => {
        waiting.current.push(settle);
        ask.current();
      }),
    [],
  );
  return { data: keeps || answer?.path === path ? answer?.data : undefined, ...failure, reload };
}

/** A live event with a key of its own, also from one start of the host to the next. */
export interface LiveLine extends LiveEvent {
  key: string;
}

/** Refused for want of room, or by a proxy, the live events are asked for again so often, in milliseconds. */
const RECONNECT_MS = 10_000;

/**
 * Follows what happens in the host.
 *
 * @param tenant whose log lines are wanted too; none where it is left out
 * @param onEvent told each event, and `undefined` when the connection has come or gone
 * @returns whether it is connected
 */
export function useLive(tenant: string | undefined, onEvent: (event: LiveLine | undefined) => void): boolean {
  const [isConnected, setConnected] = useState(true);
  const latest = useRef(onEvent);
  latest.current = onEvent;
  useEffect(() => {
    let source: EventSource;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const connect = () => {
      source = new EventSource(
        tenant === undefined ? '/api/live' : `/api/live?tenant=${encodeURIComponent(tenant)}`,
      );
      source.onopen = () => {
        setConnected(true);
        latest.current(undefined);
      };
      source.onerror = () => {
        setConnected(false);
        // Whether the host is gone, or the session has ended, is told by the next request.
        latest.current(undefined);
        // The browser gives up for good where a proxy answers in place of the host.
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(connect, RECONNECT_MS);
      };
      source.onmessage = ({ data, lastEventId }) => latest.current({ ...JSON.parse(data), key: lastEventId });
    };
    connect();
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [tenant]);
  return isConnected;
}

/** Calls something in even steps, while it is wanted. */
export function useInterval(work: () => void, everyMs: number, isWanted = true): void {
  useEffect(() => {
    if (!isWanted) return;
    const timer = setInterval(work, everyMs);
    return () => clearInterval(timer);
  }, [work, everyMs, isWanted]);
}

/** The host is told at most this often. */
const EVERY_MS = 60_000;

/** Tells the host that somebody uses the page, so that the session does not end as an idle one. */
export function useActivity(): void {
  useEffect(() => {
    let toldAt = Date.now();
    const note = () => {
      if (Date.now() - toldAt < EVERY_MS) return;
      toldAt = Date.now();
      // Where the host does not answer, the page says so elsewhere.
      askSession().catch(() => {});
    };
    for (const kind of ['pointerdown', 'keydown']) window.addEventListener(kind, note);
    return () => {
      for (const kind of ['pointerdown', 'keydown']) window.removeEventListener(kind, note);
    };
  }, []);
}

const REPLACED = 'route-replaced';

/** Shows a page and leaves the one before to the browser's back button. */
export function openRoute(route: Route): void {
  location.hash = hashOf(route);
}

/** Shows a page in place of this one, as a filter does that is being typed. */
export function replaceRoute(route: Route): void {
  history.replaceState(null, '', hashOf(route));
  window.dispatchEvent(new Event(REPLACED));
}

/** Asked before another page is shown. */
const holders = new Set<(event: HashChangeEvent) => boolean>();

/**
 * Has somebody asked before the page follows a change of the address.
 *
 * @param holder answers whether the page is to stay, having put the address back
 * @returns ends it
 */
export function holdRoute(holder: (event: HashChangeEvent) => boolean): () => void {
  holders.add(holder);
  return () => holders.delete(holder);
}

/** The page that the address names. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = (event: Event) => {
      if (event instanceof HashChangeEvent && [...holders].some((holder) => holder(event))) {
        // Nobody else follows it either.
        event.stopImmediatePropagation();
        return;
      }
      setRoute(parseRoute(location.hash));
    };
    for (const kind of ['hashchange', REPLACED]) window.addEventListener(kind, follow);
    return () => {
      for (const kind of ['hashchange', REPLACED]) window.removeEventListener(kind, follow);
    };
  }, []);
  return route;
}
