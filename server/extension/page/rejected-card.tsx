import { Card } from '../../ui/card';
import type { Report } from '../report/report';
import { RejectedList } from './rejected-list';

/** The newest rejected calls of all runs; without any there is nothing to see. */
export function RejectedCard({ report: { rejected } }: { report: Report }) {
  if (rejected.length === 0) return null;
  return (
    <Card title="Rejected calls">
      <p class="quiet spaced">
        These were refused for good and are not tried again; everything around them was delivered.
      </p>
      <RejectedList calls={rejected} />
    </Card>
  );
}
