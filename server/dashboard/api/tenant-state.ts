import { type ExportLag, exportLag } from '../../extension/report/export-lag';
import type { TenantStanding } from '../../tenants/overview';
import type { TenantState } from './view';

/** A run that is due for so long, in milliseconds, has not begun: nobody runs it, or there are too few places. */
const OVERDUE_MS = 5 * 60 * 1000;

/** All states, worst first. */
export const tenantStates: readonly TenantState[] = [
  'failing',
  'overdue',
  'behind',
  'catching-up',
  'new',
  'ok',
  'off',
];

/**
 * How a tenant does, in a word, and how far its export is behind real time.
 *
 * @param now milliseconds since 1970
 */
export function judge(
  { tenant, state, lastRuns }: TenantStanding,
  now: number,
): { word: TenantState; lag: ExportLag } {
  const lag = exportLag(state, lastRuns, now);
  return { word: wordFor(tenant, lastRuns, lag, now), lag };
}

function wordFor(
  { isActive, dueAt }: TenantStanding['tenant'],
  lastRuns: TenantStanding['lastRuns'],
  { trend }: ExportLag,
  now: number,
): TenantState {
  if (!isActive) return 'off';
  if (lastRuns.at(-1)?.error) return 'failing';
  if (dueAt !== null && dueAt + OVERDUE_MS < now) return 'overdue';
  if (trend === 'falling-behind') return 'behind';
  if (trend === 'catching-up') return 'catching-up';
  return lastRuns.length === 0 ? 'new' : 'ok';
}
