import { Badge } from '../../ui/badge';
import { Card } from '../../ui/card';
import type { Report } from '../report/report';

/** Before the first run has ended. */
export function Empty({ report }: { report: Report }) {
  const isRunning = report.running?.alive === true;
  return (
    <Card
      title={isRunning ? 'The first run is under way' : 'No run yet'}
      aside={isRunning && <Badge tone="busy">Running</Badge>}
    >
      <p class="quiet">
        {isRunning
          ? 'It starts with the oldest log that Auth0 still has. Its result appears here by itself.'
          : 'The first run starts by itself when its time comes: the schedule is every five minutes, unless you have changed it. It begins with the oldest log that Auth0 still has, and its result appears here by itself.'}
      </p>
    </Card>
  );
}
