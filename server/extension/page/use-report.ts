import { useEffect, useState } from 'preact/hooks';
import type { Report } from '../report/report';

/** Which runs the page shows. */
export interface View {
  /** From 1. */
  page: number;
  errorsOnly: boolean;
}

/** Rows that fit a screen or two. */
const PER_PAGE = 10;

/** The report, or why there is none. */
type Loaded =
  | { kind: 'report'; report: Report }
  /** The session has ended. */
  | { kind: 'signed-out' }
  /** The extension says what is wrong, or does not answer. */
  | { kind: 'failed'; message: string };

/** What the platform's own answer means, in place of the extension's. */
const GONE =
  'The extension is no longer at this address: it has been uninstalled, or installed anew. Open it again from the extensions of the Dashboard.';

/** The `message` of an error answer. */
function messageIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('message' in body)) return undefined;
  return typeof body.message === 'string' ? body.message : undefined;
}

/**
 * Asks for the report.
 *
 * @param path of the extension
 * @throws only when `signal` fires
 */
async function loadReport(path: string, view: View, signal: AbortSignal): Promise<Loaded> {
  const query = new URLSearchParams({ page: String(view.page), per_page: String(PER_PAGE) });
  if (view.errorsOnly) query.set('filter', 'errors');
  try {
    const response = await fetch(`${path}/api/report?${query}`, { signal });
    if (response.status === 401) return { kind: 'signed-out' };
    if (response.status === 404) return { kind: 'failed', message: GONE };
    const body: unknown = await response.json();
    if (response.ok) return { kind: 'report', report: body as Report };
    return { kind: 'failed', message: messageIn(body) ?? `The extension returned ${response.status}.` };
  } catch (error) {
    if (signal.aborted) throw error;
    return {
      kind: 'failed',
      message:
        'The extension does not answer. The page tries again by itself; check your connection meanwhile.',
    };
  }
}

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
