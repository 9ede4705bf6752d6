import { CopyButton } from './copy-button';
import { shorten } from './shorten';

/** An identifier in code type with a button that copies it; shortened where that is asked for. */
export function Copyable({ text, name, short = false }: { text: string; name: string; short?: boolean }) {
  return (
    <span class={short ? 'copy copy-short' : 'copy'}>
      <code title={short ? text : undefined}>{short ? shorten(text) : text}</code>
      <CopyButton text={text} name={name} />
    </span>
  );
}
