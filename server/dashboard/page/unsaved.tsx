import { createContext, type RefObject } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../../ui/components';
import { holdRoute } from './use-live';

/** Everything that is entered in a form but the password that it asks for again. */
const entriesOf = (form: HTMLFormElement): string =>
  JSON.stringify([...new FormData(form)].filter(([name]) => name !== 'password'));

/**
 * Follows whether something in a dialog's forms is not saved, and asks before it is left.
 *
 * @param isWatched whether the dialog has anything that is saved
 * @param onClose called when it is left
 */
export function useUnsaved(
  dialog: RefObject<HTMLDialogElement | null>,
  isWatched: boolean,
  onClose: () => void,
) {
  const before = useRef(new WeakMap<HTMLFormElement, string>());
  const [isAsking, setAsking] = useState(false);
  /** The part of the address that somebody wants to go to; `undefined` where only the dialog is left. */
  const wanted = useRef<string | undefined>(undefined);
  // With each drawing: another form may have taken the place of the first.
  useEffect(() => {
    for (const form of dialog.current?.querySelectorAll('form') ?? []) {
      if (!before.current.has(form)) before.current.set(form, entriesOf(form));
    }
  });
  const hasChanges = () =>
    isWatched &&
    [...(dialog.current?.querySelectorAll('form') ?? [])].some(
      (form) => (before.current.get(form) ?? entriesOf(form)) !== entriesOf(form),
    );
  const latest = useRef(hasChanges);
  latest.current = hasChanges;
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (latest.current()) event.preventDefault();
    };
    // Back, Forward, or another address: the page has not followed yet, and stays until that is answered.
    const hold = (event: HashChangeEvent) => {
      if (!latest.current()) return false;
      wanted.current = new URL(event.newURL).hash;
      window.history.pushState(null, '', event.oldURL);
      setAsking(true);
      return true;
    };
    const letGo = holdRoute(hold);
    window.addEventListener('beforeunload', ask);
    return () => {
      window.removeEventListener('beforeunload', ask);
      letGo();
    };
  }, []);
  return {
    hasChanges,
    isAsking,
    stay: () => {
      wanted.current = undefined;
      setAsking(false);
    },
    discard: () => {
      const { current: hash } = wanted;
      onClose();
      if (hash !== undefined) window.setTimeout(() => window.location.assign(hash || '#/'));
    },
    leave: () => {
      if (hasChanges()) setAsking(true);
      else onClose();
    },
  };
}

/** Leaves the dialog that this is in; asks first where something in it is not saved. */
export const Leave = createContext<() => void>(() => {});

/** The button that leaves a dialog without doing what it is for. */
export function CancelButton({ text = 'Cancel' }: { text?: string }) {
  return <Button onClick={useContext(Leave)}>{text}</Button>;
}
