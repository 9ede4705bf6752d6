import { useEffect, useState } from 'preact/hooks';
import type { Report } from '../report/report';
import { type Loaded, loadReport } from './load-report';
import type { View } from './view';

/** Runs come every few minutes; one under way moves every few seconds. */
const REFRESH_MS = 10_000;

/** What the page knows. */
export interface ReportState {
  /** The newest report that arrived, also while another is asked for. */
  report: Report | undefined;
  /** How the newest attempt ended, where it brought no report. */
  problem: Exclude<Loaded, { kind: 'report' }> | undefined;
  /** Asks again at once. */
  refresh: () => void;
}

/** Keeps the report current while the page is open and seen. */
export function useReport(path: string, { page, errorsOnly }: View): ReportState {
  const [report, setReport] = useState<Report>();
  const [problem, setProblem] = useState<ReportState['problem']>();
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      clearTimeout(timer);
      if (document.hidden) return;
      const loaded = await loadReport(path, { page, errorsOnly }, ended.signal);
      if (ended.signal.aborted) return;
      if (loaded.kind === 'report') setReport(loaded.report);
      setProblem(loaded.kind === 'report' ? undefined : loaded);
      clearTimeout(timer);
      if (loaded.kind !== 'signed-out') timer = setTimeout(start, REFRESH_MS);
    };
    const start = () => {
      load().catch(() => {});
    };
    start();
    document.addEventListener('visibilitychange', start, { signal: ended.signal });
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [path, page, errorsOnly, attempt]);

  return { report, problem, refresh: () => setAttempt((before) => before + 1) };
}
