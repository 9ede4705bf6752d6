import { useEffect, useState } from 'preact/hooks';
import { shorten } from './format';

/**
 * Puts a text into the clipboard, also where the page has no secure origin and hence no clipboard of its own.
 *
 * @returns whether it is there
 */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const { activeElement: before } = document;
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'visually-hidden';
    // Beside a dialog that is open nothing can be selected.
    (before?.closest('dialog') ?? document.body).append(field);
    field.select();
    const copied = document.execCommand('copy');
    field.remove();
    if (before instanceof HTMLElement) before.focus();
    return copied;
  }
}

/** How long the button says that it has copied. */
const SAID_MS = 2_000;

const SHEETS = 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z';
const TICK = 'M3 8.5l3.5 3.5L13 4.5';

/** A button that copies a text and says so, to eyes and to screen readers. */
export function CopyButton({ text, name }: { text: string; name: string }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (said === '') return;
    const timer = setTimeout(() => setSaid(''), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async () => {
    setSaid((await copyText(text)) ? 'Copied' : 'Not copied: select it and copy by hand');
  };
  return (
    <>
      <button
        type="button"
        class="copy-button"
        title={`Copy ${name}`}
        aria-label={`Copy ${name}`}
        onClick={copy}
      >
        <svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
          <path d={said === 'Copied' ? TICK : SHEETS} />
        </svg>
      </button>
      <span role="status" class={said === '' ? 'visually-hidden' : 'small'}>
        {said}
      </span>
    </>
  );
}

/** An identifier in code type with a button that copies it; shortened where that is asked for. */
export function Copyable({ text, name, short = false }: { text: string; name: string; short?: boolean }) {
  return (
    <span class={short ? 'copy copy-short' : 'copy'}>
      <code title={short ? text : undefined}>{short ? shorten(text) : text}</code>
      <CopyButton text={text} name={name} />
    </span>
  );
}
