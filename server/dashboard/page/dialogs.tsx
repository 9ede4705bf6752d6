import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Badge, Button } from '../../ui/components';
import { RelativeTime } from '../../ui/time';
import type { SessionInList } from '../api/session-view';
import type { Removal } from '../api/view';
import { callApi, type Reload, tenantPath, useAction } from './api';
import { focusTitle } from './page-title';
import { CancelButton, Leave, useUnsaved } from './unsaved';

/** Whether a click was beside a dialog: on what is behind it. */
function isBeside({ clientX, clientY, target }: MouseEvent, dialog: HTMLDialogElement): boolean {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return target === dialog && (clientX < left || clientX > right || clientY < top || clientY > bottom);
}

/**
 * A window above the page, for one thing to be decided. Escape or a click beside it closes it, and the focus returns.
 */
export function Dialog({
  title,
  isWide = false,
  isSaved = false,
  onClose,
  children,
}: {
  title: string;
  isWide?: boolean;
  /** Whether what is entered is to be saved: then it is not left by mistake. */
  isSaved?: boolean;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const { hasChanges, isAsking, leave, stay, discard } = useUnsaved(dialog, isSaved, onClose);
  const isPressedBeside = useRef(false);
  const opener = useRef<Element | null>(null);
  // Before the next key: a Tab that comes sooner would take the focus from what has opened this.
  useLayoutEffect(() => {
    opener.current = document.activeElement;
    dialog.current?.showModal();
  }, []);
  // After it is gone: while it is open nothing else may have the focus.
  useEffect(
    () => () => {
      const { current: before } = opener;
      // The page may have replaced it meanwhile.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      else if (document.activeElement === document.body) focusTitle();
    },
    [],
  );
  const ask = (event: Event) => {
    if (!hasChanges()) return;
    event.preventDefault();
    leave();
  };
  return (
    <>
      <dialog
        ref={dialog}
        class={isWide ? 'dialog dialog-wide' : 'dialog'}
        aria-labelledby={id}
        onClose={onClose}
        onCancel={ask}
        onKeyDown={(event) => event.key === 'Escape' && ask(event)}
        onPointerDown={(event) => {
          isPressedBeside.current = isBeside(event, event.currentTarget);
        }}
        onClick={(event) => isPressedBeside.current && isBeside(event, event.currentTarget) && leave()}
      >
        <div class="dialog-head">
          <h2 id={id}>{title}</h2>
          <button type="button" class="copy-button" aria-label="Close" onClick={leave}>
            <svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
              <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" />
            </svg>
          </button>
        </div>
        <Leave.Provider value={leave}>{children}</Leave.Provider>
      </dialog>
      {isAsking && (
        <Dialog title="Leave without saving?" onClose={stay}>
          <div class="form">
            <p>What you have changed here is not saved.</p>
            <FormEnd problem="">
              <Button kind="danger" onClick={discard}>
                Discard changes
              </Button>
              <Button kind="main" onClick={stay} autofocus>
                Keep editing
              </Button>
            </FormEnd>
          </div>
        </Dialog>
      )}
    </>
  );
}

/** Between what has the focus and what stays below it, in pixels. */
const FOCUS_GAP_PX = 8;

/** The end of a form: what went wrong, over the full width, and the buttons. It stays in sight, and hides no field. */
export function FormEnd({ problem, children }: { problem: string; children: ComponentChildren }) {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = end;
    const dialog = current?.closest('dialog');
    if (!current || !dialog) return;
    const observer = new ResizeObserver(() => {
      dialog.style.scrollPaddingBottom = `${current.offsetHeight + FOCUS_GAP_PX}px`;
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return (
    <div class="form-end" ref={end}>
      {problem && (
        <p class="field-problem" role="alert">
          {problem}
        </p>
      )}
      {children}
    </div>
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
        Asked for again, because this changes or removes what the export signs in with, or where it reports.
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
        <FormEnd problem={problem}>
          <CancelButton text="Close" />
          <Button kind="danger" isBusy={isBusy} onClick={end}>
            Sign out everywhere
          </Button>
        </FormEnd>
      </div>
    </Dialog>
  );
}

/** Asks what is to go with a tenant. */
export function RemoveDialog({
  name,
  hasStream,
  hasPassword,
  onClose,
  onDone,
}: {
  name: string;
  /** Whether a log stream of Auth0 has posted, or a token was made for one. */
  hasStream: boolean;
  /** Whether the Dashboard has one. */
  hasPassword: boolean;
  onClose: () => void;
  /** Leads away from what is gone. */
  onDone: Reload;
}) {
  const { isBusy, problem, act } = useAction();
  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const password = form.get('password');
    const removal: Removal = {
      keepState: form.get('keepState') !== null,
      deleteApplication: form.get('deleteApplication') !== null,
      ...(typeof password === 'string' ? { password } : {}),
    };
    await act(async () => {
      await callApi(tenantPath(name, 'remove'), removal);
      await onDone();
    });
  };
  return (
    <Dialog title={`Remove ${name}?`} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <p>Its settings and its schedule are removed, and nothing of this tenant is exported any more.</p>
        {hasStream && (
          <p>
            Its log stream in Auth0 stays, and posts to an address that answers 404 until Auth0 pauses it.
            Delete it in Auth0 under Monitoring &gt; Streams; or, where <code>setup</code> made it, remove the
            tenant with <code>setup --undo {name}</code> instead.
          </p>
        )}
        <label class="check">
          <input type="checkbox" name="keepState" defaultChecked />
          <span>
            Keep the checkpoint and the history
            <span class="muted small block">
              A tenant that is added under this name later then resumes from the checkpoint.
            </span>
          </span>
        </label>
        <label class="check">
          <input type="checkbox" name="deleteApplication" />
          <span>
            Delete its Auth0 application, too
            <span class="muted small block">
              The machine-to-machine application whose client ID it was given, if that has the scope
              delete:clients.
            </span>
          </span>
        </label>
        {hasPassword && <PasswordAgain />}
        <FormEnd problem={problem}>
          <CancelButton />
          <Button kind="danger" type="submit" isBusy={isBusy}>
            Remove
          </Button>
        </FormEnd>
      </form>
    </Dialog>
  );
}
