import { useEffect, useState } from 'preact/hooks';
import { hashOf, parseRoute, type Route } from './routes';

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

/** The page that the address names. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = () => setRoute(parseRoute(location.hash));
    for (const kind of ['hashchange', REPLACED]) window.addEventListener(kind, follow);
    return () => {
      for (const kind of ['hashchange', REPLACED]) window.removeEventListener(kind, follow);
    };
  }, []);
  return route;
}
