import type { ComponentChildren } from 'preact';
import type { Tone } from './tone';

/** A short state in a pill; the words say it, colour and shape repeat it. */
export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`badge tone-${tone}`}>{children}</span>;
}
