import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** A titled part of the page: a landmark that a screen reader can jump to. */
export function Card({
  title,
  aside,
  children,
}: {
  title: string;
  /** Shown beside the title, such as a filter. */
  aside?: ComponentChildren;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class="card" aria-labelledby={id}>
      <div class="card-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
