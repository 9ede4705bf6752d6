import { useEffect } from 'preact/hooks';
import { askSession } from './call-api';

/** The host is told at most this often. */
const EVERY_MS = 60_000;

/** Tells the host that somebody uses the page, so that the session does not end as an idle one. */
export function useActivity(): void {
  useEffect(() => {
    let told = Date.now();
    const note = () => {
      if (Date.now() - told < EVERY_MS) return;
      told = Date.now();
      // Where the host does not answer, the page says so elsewhere.
      askSession().catch(() => {});
    };
    for (const kind of ['pointerdown', 'keydown']) window.addEventListener(kind, note);
    return () => {
      for (const kind of ['pointerdown', 'keydown']) window.removeEventListener(kind, note);
    };
  }, []);
}
