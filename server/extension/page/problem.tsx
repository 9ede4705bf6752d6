import { Button } from '../../ui/button';
import { Notice } from '../../ui/notice';
import { RelativeTime } from '../../ui/relative-time';
import type { ReportState } from './use-report';

/** Why the page shows nothing, or nothing new. */
export function Problem({
  problem,
  path,
  since,
  onRetry,
}: {
  problem: NonNullable<ReportState['problem']>;
  path: string;
  /** ISO 8601 time of what the page still shows. */
  since: string | undefined;
  onRetry: () => void;
}) {
  if (problem.kind === 'signed-out') {
    return (
      <Notice tone="busy" title="Your session has ended">
        <p>For safety it lasts an hour. Signing in again takes a moment.</p>
        <p>
          <a class="button button-main" href={`${path}/login`}>
            Sign in
          </a>
        </p>
      </Notice>
    );
  }
  return (
    <Notice
      tone={since ? 'warn' : 'bad'}
      title={since ? 'The page could not be refreshed' : 'The report could not be loaded'}
    >
      <p>{problem.message}</p>
      {since && (
        <p class="quiet">
          What you see is from <RelativeTime iso={since} />.
        </p>
      )}
      <p>
        <Button onClick={onRetry}>Try again</Button>
      </p>
    </Notice>
  );
}
