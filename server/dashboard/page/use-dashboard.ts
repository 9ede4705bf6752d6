import { useCallback, useEffect, useState } from 'preact/hooks';
import type { LiveEvent } from '../../runs/runner';
import type { DashboardState } from '../api/types';
import { ApiProblem, askSession, callApi, describeProblem } from './api';

/** More would be slow to draw and to search. */
const MOST_LINES = 1_000;

/** A live event with a key of its own, also from one start of the host to the next. */
export interface LiveLine extends LiveEvent {
  key: string;
}

/** What the Dashboard knows. */
export interface Dashboard {
  state: DashboardState | undefined;
  lines: readonly LiveLine[];
  /** Whether the host is there. */
  isConnected: boolean;
  problem: string;
  /** Asks for the state again. */
  refresh: () => Promise<void>;
}

/** Keeps the state and the live log current. */
export function useDashboard(onLocked: () => void): Dashboard {
  const [state, setState] = useState<DashboardState>();
  const [lines, setLines] = useState<readonly LiveLine[]>([]);
  const [isConnected, setConnected] = useState(true);
  const [problem, setProblem] = useState('');

  const refresh = useCallback(async () => {
    try {
      setState(await callApi<DashboardState>('/api/state'));
      setProblem('');
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'locked') onLocked();
      else setProblem(describeProblem(error));
    }
  }, [onLocked]);

  useEffect(() => {
    const source = new EventSource('/api/live');
    source.onopen = () => {
      setConnected(true);
      refresh();
    };
    source.onerror = () => {
      setConnected(false);
      // It does not try again where it was refused, as after the session has ended.
      if (source.readyState === EventSource.CLOSED) refresh();
    };
    source.onmessage = (message) => {
      const event: LiveEvent = JSON.parse(message.data);
      if (event.kind !== 'change') {
        const line = { ...event, key: message.lastEventId };
        setLines((before) => [...before, line].slice(-MOST_LINES));
      }
      if (event.kind !== 'line') refresh();
    };
    return () => source.close();
  }, [refresh]);

  return { state, lines, isConnected, problem, refresh };
}

/** The pages, by the names that their addresses have. */
export type Route = 'extensions' | 'installed' | 'job';

function routeOf(hash: string): Route {
  const name = hash.replace(/^#\/?/, '');
  return name === 'installed' || name === 'job' ? name : 'extensions';
}

/** The page that the address names. */
export function useRoute(): Route {
  const [route, setRoute] = useState(routeOf(location.hash));
  useEffect(() => {
    const follow = () => setRoute(routeOf(location.hash));
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return route;
}

/** The host is told at most this often. */
const EVERY_MS = 60_000;

/** Tells the host that somebody uses the page, so that the session does not end as an idle one. */
export function useActivity(): void {
  useEffect(() => {
    let toHttpError = Date.now();
    const note = () => {
      if (Date.now() - toHttpError < EVERY_MS) return;
      toHttpError = Date.now();
      // Where the host does not answer, the page says so elsewhere.
      askSession().catch(() => {});
    };
    for (const kind of ['pointerdown', 'keydown']) window.addEventListener(kind, note);
    return () => {
      for (const kind of ['pointerdown', 'keydown']) window.removeEventListener(kind, note);
    };
  }, []);
}
