import { useId } from 'preact/hooks';
import { AbsoluteTime } from '../../ui/absolute-time';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { Copyable } from '../../ui/copyable';
import { formatDuration } from '../../ui/format-duration';
import { formatNumber } from '../../ui/format-number';
import { formatTime } from '../../ui/format-time';
import { RelativeTime } from '../../ui/relative-time';
import { useNow } from '../../ui/use-now';
import type { ReportRun } from '../report/report';
import { RunDetails } from './run-details';
import { runDuration } from './run-duration';
import { runNote } from './run-note';
import { runOutcome } from './run-outcome';

/** One run in the table, and its details beneath where they are open. */
export function RunRows({
  run,
  isOpen,
  onToggle,
}: {
  run: ReportRun;
  isOpen: boolean;
  onToggle: () => void;
}) {
  const id = useId();
  const { tone, word } = runOutcome(run);
  const now = useNow();
  const start = run.lastStart ?? run.start;
  const started = formatTime(Date.parse(start));
  return (
    <tbody class={isOpen ? 'is-open' : ''}>
      <tr>
        <td data-label="Status">
          <Badge tone={tone}>{word}</Badge>
        </td>
        <td data-label="Started">
          <span class="stack">
            <RelativeTime iso={start} />
            <span class="quiet small">
              <AbsoluteTime iso={start} />
            </span>
          </span>
        </td>
        <td data-label="Duration" class="number">
          {formatDuration(runDuration(run))}
        </td>
        <td data-label="Logs" class="number">
          {formatNumber(run.logsProcessed)}
        </td>
        <td data-label="Checkpoint">
          {run.checkpoint ? (
            <Copyable text={run.checkpoint} name="checkpoint" short />
          ) : (
            <span class="quiet">none</span>
          )}
        </td>
        <td data-label="Notes" class="small quiet">
          <span class="note">{runNote(run, now)}</span>
        </td>
        <td class="row-action">
          <Button
            kind="plain"
            aria-expanded={isOpen}
            aria-controls={isOpen ? id : undefined}
            onClick={onToggle}
          >
            {isOpen ? 'Close' : 'Details'}
            <span class="unseen">
              {run.runs === undefined
                ? ` of the run of ${started}`
                : ` of the ${run.runs} runs up to ${started}`}
            </span>
          </Button>
        </td>
      </tr>
      {isOpen && (
        <tr id={id} class="details-row">
          <td colSpan={7}>
            <RunDetails run={run} />
          </td>
        </tr>
      )}
    </tbody>
  );
}
