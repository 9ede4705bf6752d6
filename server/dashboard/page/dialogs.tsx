import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Badge, Button } from '../../ui/components';
import { RelativeTime } from '../../ui/time';
import type { SessionInList } from '../api/types';
import { callApi, useAction } from './api';

/** A window above the page, for one thing to be decided. Escape closes it. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={onClose}>
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="copy-button" aria-label="Close" onClick={onClose}>
          <svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
            <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" />
          </svg>
        </button>
      </div>
      {children}
    </dialog>
  );
}

/** Whether the host asks for the password again. */
export const asksPassword = (code: string) => code === 'password_needed' || code === 'wrong_password';

/** Asks whoever is signed in for the password of the Dashboard again. */
export function PasswordAgain() {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Password of the Dashboard</label>
      <input
        id={id}
        name="password"
        type="password"
        class="input"
        autocomplete="current-password"
        aria-describedby={`${id}-about`}
        required
      />
      <p class="muted small" id={`${id}-about`}>
        Asked for again, because this changes or removes what the export signs in with.
      </p>
    </div>
  );
}

/** Names by which browsers call themselves, those that others also claim last. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrom(e|ium)\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
];

/** A browser in a few words, going by what it calls itself. */
function describeBrowser(userAgent: string): string {
  const find = (names: typeof BROWSERS) => names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const [browser, system] = [find(BROWSERS), find(SYSTEMS)];
  if (!browser) return userAgent.slice(0, 40) || 'Unknown browser';
  return system ? `${browser} on ${system}` : browser;
}

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
                {describeBrowser(session.browser)} <span class="muted">at {session.address}</span>{' '}
                {session.isThis && <Badge tone="good">This browser</Badge>}
              </span>
              <span class="muted small block">
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

/** Asks what is to go with the extension. */
export function UninstallDialog({
  title,
  hasPassword,
  onClose,
  onDone,
}: {
  title: string;
  /** Whether the Dashboard has one. */
  hasPassword: boolean;
  onClose: () => void;
  onDone: () => void;
}) {
  const { isBusy, problem, act } = useAction();
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const choice = {
      keepState: form.get('keepState') !== null,
      deleteApplication: form.get('deleteApplication') !== null,
      ...(hasPassword ? { password: form.get('password') } : {}),
    };
    if (await act(() => callApi('/api/uninstall', choice))) onDone();
  };
  return (
    <Dialog title={`Uninstall ${title}?`} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <p>Its job and its settings are removed, and nothing is exported any more.</p>
        <label class="check">
          <input type="checkbox" name="keepState" defaultChecked />
          <span>
            Keep the checkpoint and the history
            <span class="muted small block">A later installation then resumes from its checkpoint.</span>
          </span>
        </label>
        <label class="check">
          <input type="checkbox" name="deleteApplication" />
          <span>
            Let the extension delete its Auth0 application
            <span class="muted small block">
              The machine-to-machine application whose client ID it was given, if that has the scope
              delete:clients.
            </span>
          </span>
        </label>
        {hasPassword && <PasswordAgain />}
        <div class="form-end">
          {problem && (
            <p class="field-problem" role="alert">
              {problem}
            </p>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" type="submit" disabled={isBusy}>
            Uninstall
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
