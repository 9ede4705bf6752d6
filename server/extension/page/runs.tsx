import { useId, useState } from 'preact/hooks';
import { eventsSent } from '../../../src/run-words';
import { Badge, Button, Card, Pager, SegmentedControl } from '../../ui/components';
import { Copyable } from '../../ui/copy';
import { formatDuration, formatNumber, formatTime } from '../../ui/format';
import { runDuration, runNote, runOutcome } from '../../ui/page-copy';
import { RunDetails } from '../../ui/run-details';
import { AbsoluteTime, RelativeTime, useNow } from '../../ui/time';
import type { Report, ReportRun } from '../report/report';
import type { View } from './use-report';

/** One run in the table, and its details beneath where they are open. */
function RunRows({ run, isOpen, onToggle }: { run: ReportRun; isOpen: boolean; onToggle: () => void }) {
  const id = useId();
  const { tone, word } = runOutcome(run);
  const now = useNow();
  const start = run.lastStart ?? run.start;
  const started = formatTime(Date.parse(start));
  return (
    <tbody class={isOpen ? 'is-open' : ''}>
      <tr>
        <td data-label="Result">
          <Badge tone={tone}>{word}</Badge>
        </td>
        <td data-label="Started">
          <span class="stack">
            <RelativeTime iso={start} />
            <span class="muted small">
              <AbsoluteTime iso={start} />
            </span>
            {run.startedFrom && <span class="muted small">Replay</span>}
          </span>
        </td>
        <td data-label="Duration" class="number">
          {formatDuration(runDuration(run))}
        </td>
        <td data-label="Events sent" class="number">
          {formatNumber(eventsSent(run))}
        </td>
        <td data-label="Checkpoint">
          {run.checkpoint ? (
            <Copyable text={run.checkpoint} name="checkpoint" short />
          ) : (
            <span class="muted">none</span>
          )}
        </td>
        <td data-label="Notes" class="small muted">
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
            <span class="visually-hidden">
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

const FILTERS = [
  { value: 'all', text: 'All runs' },
  { value: 'errors', text: 'Failed' },
] as const;

/** The runs, newest first, a page at a time. */
export function RunsCard({
  report,
  view,
  onView,
}: {
  report: Report;
  view: View;
  onView: (view: View) => void;
}) {
  // By start, not by place: the page stays alive while one is read.
  const [open, setOpen] = useState<string>();
  return (
    <Card
      title="Runs"
      aside={
        <SegmentedControl
          label="Which runs to show"
          options={FILTERS}
          value={view.errorsOnly ? 'errors' : 'all'}
          onChange={(filter) => onView({ page: 1, errorsOnly: filter === 'errors' })}
        />
      }
    >
      {report.runs.length === 0 ? (
        <p class="muted nothing">
          {view.errorsOnly ? 'None of the runs that are kept has failed.' : 'There are no runs on this page.'}
        </p>
      ) : (
        <table class="table runs">
          <thead>
            <tr>
              <th scope="col">Result</th>
              <th scope="col">Started</th>
              <th scope="col" class="number">
                Duration
              </th>
              <th scope="col" class="number">
                Events sent
              </th>
              <th scope="col">Checkpoint</th>
              <th scope="col">Notes</th>
              <th scope="col">
                <span class="visually-hidden">Details</span>
              </th>
            </tr>
          </thead>
          {report.runs.map((run) => (
            <RunRows
              key={run.start}
              run={run}
              isOpen={open === run.start}
              onToggle={() => setOpen(open === run.start ? undefined : run.start)}
            />
          ))}
        </table>
      )}
      <Pager
        label="Pages of runs"
        page={report.page}
        perPage={report.perPage}
        total={report.total}
        shown={report.runs.length}
        onPage={(page) => onView({ ...view, page })}
      />
    </Card>
  );
}
