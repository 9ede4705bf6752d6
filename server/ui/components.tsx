import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { formatNumber, type Tone } from './format';

/** A short state in a pill; the words say it, colour and shape repeat it. */
export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`badge tone-${tone}`}>{children}</span>;
}

/** How much a button asks for attention. */
type ButtonKind = 'main' | 'plain' | 'danger' | 'normal';

/**
 * Attributes of what was clicked and is being done: it says so, keeps the keyboard's place, and takes no second click,
 * nor one of Enter in a form that it submits.
 */
export const busyAttributes = (isBusy: boolean) =>
  isBusy
    ? { 'aria-busy': true, 'aria-disabled': true, onClick: (event: Event) => event.preventDefault() }
    : {};

/** A button that submits nothing unless told to. */
export function Button({
  kind = 'normal',
  class: more = '',
  isBusy = false,
  ...rest
}: ButtonHTMLAttributes & {
  kind?: ButtonKind;
  class?: string;
  /** Whether what it does is being done. */
  isBusy?: boolean;
}) {
  return (
    <button
      type="button"
      {...rest}
      {...busyAttributes(isBusy)}
      class={`button button-${kind} ${more}`.trim()}
    />
  );
}

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

/** A few alternatives of which one holds, such as a filter. */
export function SegmentedControl<Value extends string>({
  label,
  options,
  value,
  onChange,
}: {
  /** What is chosen, for screen readers. */
  label: string;
  options: readonly { value: Value; text: string }[];
  value: Value;
  onChange: (value: Value) => void;
}) {
  return (
    <fieldset class="choice" aria-label={label}>
      {options.map((option) => (
        <button
          type="button"
          key={option.value}
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.text}
        </button>
      ))}
    </fieldset>
  );
}

/** Something the reader should know or do, with a title that says it alone. */
export function Notice({
  tone,
  title,
  children,
}: {
  tone: Tone;
  title: string;
  children?: ComponentChildren;
}) {
  return (
    <div class={`notice tone-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <p class="notice-title">{title}</p>
      {children}
    </div>
  );
}

/** Leads through the pages of a list. */
export function Pager({
  label,
  page,
  perPage,
  total,
  shown,
  names = ['Newer', 'Older'],
  onPage,
}: {
  /** Of the landmark. */
  label: string;
  /** From 1. */
  page: number;
  perPage: number;
  total: number;
  /** Rows on this page. */
  shown: number;
  /** Of the way back and of the way on. */
  names?: readonly [string, string];
  onPage: (page: number) => void;
}) {
  const last = Math.max(1, Math.ceil(total / perPage));
  if (last === 1 && page === 1) return null;
  const first = (page - 1) * perPage + 1;
  /** Leads to another page. Where there is none it keeps the keyboard's place, for whoever came that far with it. */
  const leadTo = (wanted: number) => {
    const isThere = wanted >= 1 && wanted <= last;
    return { 'aria-disabled': !isThere, onClick: () => isThere && onPage(wanted) };
  };
  return (
    <nav class="pager" aria-label={label}>
      <p class="muted small" role="status">
        {shown > 0
          ? `${formatNumber(first)}–${formatNumber(first + shown - 1)} of ${formatNumber(total)}`
          : `${formatNumber(total)} in all`}
      </p>
      <Button {...leadTo(Math.min(page - 1, last))}>{names[0]}</Button>
      <Button {...leadTo(page + 1)}>{names[1]}</Button>
    </nav>
  );
}

/** A figure with its name and what it means, in a `dl` of class `figures`. */
export function Figure({
  name,
  tone = 'plain',
  note,
  children,
}: {
  name: string;
  tone?: Tone;
  note?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={tone === 'bad' || tone === 'warn' ? `is-${tone}` : ''}>
        {children} {note && <small>{note}</small>}
      </dd>
    </div>
  );
}

const WHEEL =
  'M12.84 6.76L14.54 7.14L14.54 8.86L12.84 9.24L12.30 10.55L13.23 12.02L12.02 13.23L10.55 12.30L9.24 12.84L8.86 14.54L7.14 14.54L6.76 12.84L5.45 12.30L3.98 13.23L2.77 12.02L3.70 10.55L3.16 9.24L1.46 8.86L1.46 7.14L3.16 6.76L3.70 5.45L2.77 3.98L3.98 2.77L5.45 3.70L6.76 3.16L7.14 1.46L8.86 1.46L9.24 3.16L10.55 3.70L12.02 2.77L13.23 3.98L12.30 5.45zM10.2 8a2.2 2.2 0 1 1-4.4 0 2.2 2.2 0 0 1 4.4 0z';

/** The sign of settings. */
export function Gear() {
  return (
    <svg
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.2"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={WHEEL} />
    </svg>
  );
}

/** The shape of a page while its data is on the way. */
export function Loading() {
  return (
    <div class="loading">
      <div class="card">
        <p class="muted" role="status">
          Loading…
        </p>
        <div class="skeleton skeleton-title" />
        <div class="skeleton skeleton-line" />
      </div>
      <div class="card">
        <div class="skeleton skeleton-chart" />
      </div>
    </div>
  );
}

/** The sign of the extension. */
export function Logo() {
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
      <rect width="16" height="16" rx="4" />
      <path d="M4 5h5M4 8h8M7 11h5" />
    </svg>
  );
}
