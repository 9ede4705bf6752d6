import { Badge } from '../../ui/badge';
import type { ExecutionSummary } from '../dashboard-state';

/** How an execution ended, in a word. */
export function ResultBadge({ execution }: { execution: ExecutionSummary }) {
  if (execution.completed_at === null) return <Badge tone="busy">Running</Badge>;
  return execution.type === 'success' ? <Badge tone="good">Success</Badge> : <Badge tone="bad">Error</Badge>;
}
