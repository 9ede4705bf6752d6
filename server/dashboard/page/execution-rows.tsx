import { AbsoluteTime } from '../../ui/absolute-time';
import { Button } from '../../ui/button';
import { formatDuration } from '../../ui/format-duration';
import type { ExecutionSummary } from '../dashboard-state';
import { ExecutionDetails } from './execution-details';
import { ResultBadge } from './result-badge';
import { triggerInWords } from './trigger-in-words';

const COLUMNS = 7;

/** An execution in the list, and below it its details while it is open. */
export function ExecutionRows({
  execution,
  isOpen,
  onToggle,
}: {
  execution: ExecutionSummary;
  isOpen: boolean;
  onToggle: () => void;
}) {
  const { started_at, completed_at, statusCode } = execution;
  const duration = completed_at ? formatDuration(Date.parse(completed_at) - Date.parse(started_at)) : '…';
  return (
    <tbody class={isOpen ? 'is-open' : ''}>
      <tr>
        <td data-label="Result">
          <ResultBadge execution={execution} />
        </td>
        <td data-label="Started" class="nowrap">
          <AbsoluteTime iso={started_at} />
        </td>
        <td data-label="Trigger">{triggerInWords(execution.trigger)}</td>
        <td data-label="Duration" class="nowrap">
          {duration}
        </td>
        <td data-label="HTTP">{statusCode ?? '–'}</td>
        <td data-label="Outcome">
          <span class="clamp">{execution.outcome}</span>
        </td>
        <td class="row-end">
          <Button kind="plain" aria-expanded={isOpen} onClick={onToggle}>
            {isOpen ? 'Close' : 'Details'}
          </Button>
        </td>
      </tr>
      {isOpen && (
        <tr class="details-row">
          <td colSpan={COLUMNS}>
            <ExecutionDetails summary={execution} />
          </td>
        </tr>
      )}
    </tbody>
  );
}
