import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Counts the pages shown: the first of all takes no focus. */
let pagesShown = 0;

/** The heading of a page. Whoever came from another page is led there, by keyboard and by screen reader. */
export function PageTitle({
  title,
  children,
}: {
  /** In the browser's tab. */
  title: string;
  children: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (pagesShown > 0) heading.current?.focus();
    pagesShown += 1;
  }, []);
  useEffect(() => {
    document.title = `${title} – Auth0 Logs to Segment`;
  }, [title]);
  return (
    <h2 class="page-title" tabIndex={-1} ref={heading}>
      {children}
    </h2>
  );
}

/** Leads the keyboard, and whoever listens, to the heading of the page. */
export const focusTitle = (): void => document.querySelector<HTMLElement>('.page-title')?.focus();

/**
 * Keeps a place for the keyboard: where what has the focus goes away, such as a button of a run that has ended, the heading of the
 * page gets it. A dialog that goes away hands it back itself.
 */
export function useKeptPlace() {
  const page = useRef<HTMLElement>(null);
  useEffect(() => {
    const { current: watched } = page;
    if (!watched) return;
    let last: Element | null = null;
    const note = ({ target }: FocusEvent) => {
      last = target instanceof Element && !target.closest('dialog') ? target : null;
    };
    const forget = ({ relatedTarget }: FocusEvent) => {
      // Without a next one, it may be that it has gone.
      if (relatedTarget) last = null;
    };
    const observer = new MutationObserver(() => {
      if (!last || last.isConnected) return;
      last = null;
      if (document.activeElement === document.body) focusTitle();
    });
    watched.addEventListener('focusin', note);
    watched.addEventListener('focusout', forget);
    observer.observe(watched, { childList: true, subtree: true });
    return () => {
      observer.disconnect();
      watched.removeEventListener('focusin', note);
      watched.removeEventListener('focusout', forget);
    };
  }, []);
  return page;
}
