import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { Button } from '../../ui/components';

/** Calls to Segment as tables name them. */
export const CALL_KINDS: Readonly<Record<'identify' | 'group' | 'track', string>> = {
  identify: 'Identify call',
  group: 'Group call',
  track: 'Track call',
};

/** The event of a call; of one that has none, what kind of call it is. */
export const CallEvent = ({ event, kind }: { event: string; kind: keyof typeof CALL_KINDS }) => (
  <>{event || <span class="muted">{CALL_KINDS[kind]}</span>}</>
);

/** A call in a table of calls, and below it what there is to see of it while that is open. */
export function CallRow({
  cells,
  label,
  columns,
  show,
}: {
  /** But for the last, which opens it. */
  cells: ComponentChildren;
  /** Of the button. */
  label: string;
  /** Of the table. */
  columns: number;
  show: () => ComponentChildren;
}) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <>
      <tr>
        {cells}
        <td class="preview-open">
          <Button
            aria-expanded={isOpen}
            aria-controls={id}
            aria-label={label}
            onClick={() => setOpen(!isOpen)}
          >
            JSON
          </Button>
        </td>
      </tr>
      <tr id={id} hidden={!isOpen} class="preview-json">
        <td colSpan={columns}>{isOpen && show()}</td>
      </tr>
    </>
  );
}
