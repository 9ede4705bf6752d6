import { useCallback, useEffect, useState } from 'preact/hooks';
import { Notice } from '../../ui/notice';
import type { SessionState } from '../dashboard-state';
import { askSession, callApi } from './call-api';
import { Login } from './login';
import { Pages } from './pages';
import { problemInWords } from './problem-in-words';

/** The Dashboard, behind its door. */
export function App() {
  const [session, setSession] = useState<SessionState>();
  const [problem, setProblem] = useState('');
  const ask = useCallback(() => {
    askSession().then(setSession, (error: unknown) => setProblem(problemInWords(error)));
  }, []);
  useEffect(ask, [ask]);
  const logOut = async () => {
    await callApi('/api/logout', {});
    ask();
  };
  if (!session) {
    return problem ? (
      <main class="alone">
        <Notice tone="bad" title={problem} />
      </main>
    ) : null;
  }
  if (session.isLocked) return <Login onDone={ask} />;
  return <Pages onLocked={ask} onLogOut={session.hasPassword ? logOut : undefined} />;
}
