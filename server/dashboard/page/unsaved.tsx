import { createContext, type RefObject } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../../ui/components';

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
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, []);
  return {
    hasChanges,
    isAsking,
    stay: () => setAsking(false),
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
