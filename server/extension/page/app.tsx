import { useEffect, useState } from 'preact/hooks';
import { Card } from '../../ui/card';
import { Empty } from './empty';
import { Loading } from './loading';
import { Masthead } from './masthead';
import { pageTitle } from './page-title';
import { Problem } from './problem';
import { RejectedCard } from './rejected-card';
import { RunChart } from './run-chart';
import { RunsCard } from './runs-card';
import { SettingsNotice } from './settings-notice';
import { Summary } from './summary';
import { useReport } from './use-report';
import type { View } from './view';

/** The extension's page: how the export does, and what to do about it. */
export function App({
  path,
  tenant,
  reader,
  dashboard,
}: {
  path: string;
  tenant: string;
  reader: string;
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
      <Masthead path={path} reader={reader} tenant={tenant} dashboard={dashboard} />
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
              <Card title="Logs per run">
                <RunChart runs={report.chart} />
              </Card>
            )}
            {report.lastRun && <RunsCard report={report} view={view} onView={setView} />}
            <RejectedCard report={report} />
          </>
        )}
      </main>
    </>
  );
}
