import { useState } from 'preact/hooks';
import { Card } from '../../ui/card';
import { Choice } from '../../ui/choice';
import type { Report } from '../report/report';
import { Pager } from './pager';
import { RunRows } from './run-rows';
import type { View } from './view';

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
  // By start, not by place: the page goes on living while one is read.
  const [open, setOpen] = useState<string>();
  return (
    <Card
      title="Runs"
      aside={
        <Choice
          label="Which runs to show"
          options={FILTERS}
          value={view.errorsOnly ? 'errors' : 'all'}
          onChange={(filter) => onView({ page: 1, errorsOnly: filter === 'errors' })}
        />
      }
    >
      {report.runs.length === 0 ? (
        <p class="quiet nothing">
          {view.errorsOnly ? 'No run has failed.' : 'There are no runs on this page.'}
        </p>
      ) : (
        <table class="table runs">
          <thead>
            <tr>
              <th scope="col">Status</th>
              <th scope="col">Started</th>
              <th scope="col" class="number">
                Duration
              </th>
              <th scope="col" class="number">
                Logs
              </th>
              <th scope="col">Checkpoint</th>
              <th scope="col">Notes</th>
              <th scope="col">
                <span class="unseen">Details</span>
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
      <Pager report={report} onPage={(page) => onView({ ...view, page })} />
    </Card>
  );
}
