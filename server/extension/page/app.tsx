import { useEffect, useState } from 'preact/hooks';
import { RunChart } from '../../ui/chart';
import { Badge, Button, Card, Loading, Logo, Notice } from '../../ui/components';
import { runOutcome } from '../../ui/page-copy';
import { RejectedCard } from '../../ui/run-details';
import { RelativeTime } from '../../ui/time';
import type { Report } from '../report/report';
import { RunsCard } from './runs';
import { Summary } from './summary';
import { type ReportState, useReport, type View } from './use-report';

/** Before the first run has ended. */
function Empty({ report }: { report: Report }) {
  const isRunning = report.running?.alive === true;
  return (
    <Card
      title={isRunning ? 'The first run is under way' : 'No run yet'}
      aside={isRunning && <Badge tone="busy">Running</Badge>}
    >
      <p class="muted">
        {isRunning
          ? 'It starts with the oldest log that Auth0 still has. Its result appears here by itself.'
          : 'The first run starts by itself when its time comes: the schedule is every five minutes, unless you have changed it. It begins with the oldest log that Auth0 still has, and its result appears here by itself.'}
      </p>
    </Card>
  );
}

/** Where this is in the Dashboard, whose export it is, who reads, and the way out. */
function Masthead({
  path,
  user,
  tenant,
  dashboard,
}: {
  path: string;
  user: string;
  tenant: string;
  /** Address of the Dashboard that the page was opened from. */
  dashboard: string;
}) {
  return (
    <header class="masthead">
      <div class="masthead-inner">
        <Logo />
        <div class="masthead-name">
          <nav class="breadcrumb small" aria-label="Breadcrumb">
            <a href={dashboard}>Dashboard</a>
            <a href={`${dashboard}/#/extensions`}>Extensions</a>
          </nav>
          <h1>Auth0 Logs to Segment</h1>
          <p class="muted small">{tenant}</p>
        </div>
        <div class="masthead-reader small">
          <span class="muted">{user}</span>
          <a class="button" href={`${path}/logout`}>
            Sign out
          </a>
        </div>
      </div>
    </header>
  );
}

/** The page's title: how the last run ended goes first. */
function pageTitle({ lastRun }: Report): string {
  const title = 'Auth0 Logs to Segment';
  return lastRun ? `${runOutcome(lastRun).word}: ${title}` : title;
}

/** Why the page shows nothing, or nothing new. */
function Problem({
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
        <p class="muted">
          What you see is from <RelativeTime iso={since} />.
        </p>
      )}
      <p>
        <Button onClick={onRetry}>Try again</Button>
      </p>
    </Notice>
  );
}

/** What in the settings makes every run fail. */
function SettingsNotice({ problems }: { problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <Notice tone="warn" title="The settings need your attention: no run can succeed until they are right">
      {problems.map((problem) => (
        <p key={problem}>{problem}</p>
      ))}
      <p class="muted">You change them in the Dashboard, under the extension's settings.</p>
    </Notice>
  );
}

/** The extension's page: how the export does, and what to do about it. */
export function App({
  path,
  tenant,
  user,
  dashboard,
}: {
  path: string;
  tenant: string;
  user: string;
  dashboard: string;
}) {
  const [view, setView] = useState<View>({ page: 1, errorsOnly: false });
  const { report, problem, refresh } = useReport(path, view);
  // Seen in a tab that is not looked at.
  useEffect(() => {
    if (report) document.title = pageTitle(report);
  }, [report]);
  return (
    <>
      <Masthead path={path} user={user} tenant={tenant} dashboard={dashboard} />
      <main class="page" aria-busy={!report && !problem}>
        {problem && <Problem problem={problem} path={path} since={report?.now} onRetry={refresh} />}
        {!report && !problem && <Loading />}
        {report && (
          <>
            <SettingsNotice problems={report.problems} />
            {report.lastRun ? (
              <Summary report={report} lastRun={report.lastRun} />
            ) : (
              <Empty report={report} />
            )}
            {report.chart.length > 1 && (
              <Card title="Events per run">
                <RunChart runs={report.chart} />
              </Card>
            )}
            {report.lastRun && <RunsCard report={report} view={view} onView={setView} />}
            <RejectedCard rejected={report.rejected} />
          </>
        )}
      </main>
    </>
  );
}
