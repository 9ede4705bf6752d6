import { useEffect, useState } from 'preact/hooks';

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
