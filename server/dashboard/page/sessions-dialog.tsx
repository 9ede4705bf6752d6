import { useEffect, useState } from 'preact/hooks';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { RelativeTime } from '../../ui/relative-time';
import type { SessionInList } from '../dashboard-state';
import { browserInWords } from './browser-in-words';
import { callApi } from './call-api';
import { Dialog } from './dialog';
import { useAction } from './use-action';

/** Shows who is signed in, and signs everybody out. */
export function SessionsDialog({ onClose, onEnded }: { onClose: () => void; onEnded: () => void }) {
  const [sessions, setSessions] = useState<readonly SessionInList[]>([]);
  const { isBusy, problem, act } = useAction();
  useEffect(() => {
    act(async () => setSessions(await callApi<SessionInList[]>('/api/sessions')));
    // Asked once, when it is opened.
  }, []);
  const end = async () => {
    if (await act(() => callApi('/api/sessions/end', {}))) onEnded();
  };
  return (
    <Dialog title="Sessions" onClose={onClose}>
      <div class="form">
        <p>Who is signed in to this Dashboard. A session ends by itself when it is not used.</p>
        <ul class="sessions">
          {sessions.map((session) => (
            <li key={session.id}>
              <span>
                {browserInWords(session.browser)} <span class="quiet">at {session.address}</span>{' '}
                {session.isThis && <Badge tone="good">This browser</Badge>}
              </span>
              <span class="quiet small block">
                Signed in <RelativeTime iso={session.startedAt} />, last used{' '}
                <RelativeTime iso={session.seenAt} />
              </span>
            </li>
          ))}
        </ul>
        <div class="form-end">
          {problem && (
            <p class="field-problem" role="alert">
              {problem}
            </p>
          )}
          <Button onClick={onClose}>Close</Button>
          <Button kind="danger" disabled={isBusy} onClick={end}>
            Sign out everywhere
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
