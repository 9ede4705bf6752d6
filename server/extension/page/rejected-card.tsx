import { Card } from '../../ui/card';
import type { Report } from '../report/report';
import { RejectedList } from './rejected-list';

/** The newest rejected calls of all runs; without any there is nothing to see. */
export function RejectedCard({ report: { rejected } }: { report: Report }) {
  if (rejected.length === 0) return null;
  return (
    <Card title="Rejected calls">
      <p class="quiet spaced">
        These were refused for good and are not tried again; everything around them was delivered. To send one
        again when its cause is gone, put its log id into <code>START_FROM</code>: the export goes on from
        there, and Segment recognises what it has had.
      </p>
      <RejectedList calls={rejected} />
    </Card>
  );
}
