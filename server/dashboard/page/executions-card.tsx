import { useState } from 'preact/hooks';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Choice } from '../../ui/choice';
import type { ExecutionSummary } from '../dashboard-state';
import { ExecutionRows } from './execution-rows';

const AT_ONCE = 10;

/** What the job has done so far, newest first. */
export function ExecutionsCard({ executions }: { executions: readonly ExecutionSummary[] }) {
  const [open, setOpen] = useState<number>();
  const [most, setMost] = useState(AT_ONCE);
  const [filter, setFilter] = useState<'all' | 'error'>('all');
  const chosen = executions.filter((execution) => filter === 'all' || execution.type === 'error');
  return (
    <Card
      title="Executions"
      aside={
        <Choice
          label="Which executions"
          options={[
            { value: 'all', text: 'All' },
            { value: 'error', text: 'Errors' },
          ]}
          value={filter}
          onChange={setFilter}
        />
      }
    >
      {chosen.length === 0 ? (
        <p class="quiet">{filter === 'all' ? 'The job has not run yet.' : 'No execution has failed.'}</p>
      ) : (
        <table class="table executions">
          <thead>
            <tr>
              <th>Result</th>
              <th>Started</th>
              <th>Trigger</th>
              <th>Duration</th>
              <th>HTTP</th>
              <th>Outcome</th>
              <th>
                <span class="unseen">Details</span>
              </th>
            </tr>
          </thead>
          {chosen.slice(0, most).map((execution) => (
            <ExecutionRows
              key={execution.id}
              execution={execution}
              isOpen={open === execution.id}
              onToggle={() => setOpen(open === execution.id ? undefined : execution.id)}
            />
          ))}
        </table>
      )}
      {chosen.length > most && (
        <Button kind="plain" onClick={() => setMost(most + 4 * AT_ONCE)}>
          Show older ones
        </Button>
      )}
    </Card>
  );
}
