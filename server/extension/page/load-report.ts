import type { Report } from '../report/report';
import type { View } from './view';

/** Rows that fit a screen or two. */
const PER_PAGE = 10;

/** The report, or why there is none. */
export type Loaded =
  | { kind: 'report'; report: Report }
  /** The session has ended. */
  | { kind: 'signed-out' }
  /** The extension says what is wrong, or does not answer. */
  | { kind: 'failed'; message: string };

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
export async function loadReport(path: string, view: View, signal: AbortSignal): Promise<Loaded> {
  const query = new URLSearchParams({ page: String(view.page), per_page: String(PER_PAGE) });
  if (view.errorsOnly) query.set('filter', 'errors');
  try {
    const response = await fetch(`${path}/api/report?${query}`, { signal });
    if (response.status === 401) return { kind: 'signed-out' };
    const body: unknown = await response.json();
    if (response.ok) return { kind: 'report', report: body as Report };
    return { kind: 'failed', message: messageIn(body) ?? `The extension answered ${response.status}.` };
  } catch (error) {
    if (signal.aborted) throw error;
    return {
      kind: 'failed',
      message:
        'The extension does not answer. The page tries again by itself; check your connection meanwhile.',
    };
  }
}
