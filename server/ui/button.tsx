import type { ButtonHTMLAttributes } from 'preact';

/** How much a button asks for attention. */
export type ButtonKind = 'main' | 'plain' | 'danger' | 'normal';

/** A button that submits nothing unless told to. */
export function Button({
  kind = 'normal',
  class: more = '',
  ...rest
}: ButtonHTMLAttributes & { kind?: ButtonKind; class?: string }) {
  return <button type="button" {...rest} class={`button button-${kind} ${more}`.trim()} />;
}
