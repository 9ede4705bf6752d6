import { standingOf } from '../../../src/storage/lease';
import { type ExportLag, exportLag } from '../../extension/report/export-lag';
import { nextDue } from '../../runs/schedule';
import type { TenantStanding } from '../../tenants/overview';
import type { TenantRow } from '../../tenants/tenant-store';
import { type TenantState, tenantStates } from './view';

/** States in which a tenant only gets further behind. */
const STANDING: ReadonlySet<TenantState> = new Set(['failing', 'overdue', 'behind']);

/** What a tenant is compared with others by. */
interface Comparable {
  name: string;
  state: TenantState;
  /** Milliseconds that it is behind; `null` where it never exported anything. */
  lag: number | null;
}

const behindOf = ({ state, lag }: Comparable) => (STANDING.has(state) ? (lag ?? 0) : 0);

/** Orders tenants worst first: in a state that does not end by itself the furthest behind, else by name. */
export function worstFirst(one: Comparable, other: Comparable): number {
  const byState = tenantStates.indexOf(one.state) - tenantStates.indexOf(other.state);
  return byState || behindOf(other) - behindOf(one) || (one.name < other.name ? -1 : 1);
}

/** However tight its schedule, a tenant counts as overdue only after this: a run may wait for its place. */
const SHORTEST_MS = 2 * 60 * 1000;
/** As many intervals of its schedule may pass. */
const INTERVALS = 2;

/** Milliseconds between two runs of a tenant after its due time; 0 where its schedule cannot be read. */
function intervalOf(tenant: TenantRow, dueAt: number): number {
  try {
    const first = nextDue(tenant, dueAt, true);
    const second = first === null ? null : nextDue(tenant, first, true);
    return first === null || second === null ? 0 : second - first;
  } catch (error) {
    if (error instanceof RangeError) return 0;
    throw error;
  }
}

/**
 * Whether a tenant's next run should have begun long ago: whoever begins a run moves the due time on first.
 *
 * @param now milliseconds since 1970
 */
export function isOverdue(tenant: TenantRow, now: number): boolean {
  const { isActive, dueAt } = tenant;
  if (!isActive || dueAt === null) return false;
  const late = now - dueAt;
  return late > SHORTEST_MS && late > INTERVALS * intervalOf(tenant, dueAt);
}

/** How a tenant's export does. */
export interface Judgement {
  /** Its state, in a word. */
  word: TenantState;
  lag: ExportLag;
  /** Whether a run is under way, in whichever process. */
  isRunning: boolean;
  /** Whether its last run was cut off before it could leave a record. */
  wasCutOff: boolean;
}

const WORDS: Readonly<Record<ExportLag['trend'], TenantState>> = {
  stalled: 'failing',
  'falling-behind': 'behind',
  'catching-up': 'catching-up',
  unknown: 'new',
  'caught-up': 'ok',
};

/**
 * Judges how a tenant's export does.
 *
 * @param now milliseconds since 1970
 */
export function judge({ tenant, state, lastRuns, rejected }: TenantStanding, now: number): Judgement {
  const isRunning = standingOf(state, now, 0) === 'held';
  const wasCutOff = state.lease !== null && !isRunning;
  const lag = exportLag(state, lastRuns, now);
  const overdue = !isRunning && isOverdue(tenant, now);
  const word = (): TenantState => {
    if (!tenant.isActive) return 'off';
    if (wasCutOff || lag.trend === 'stalled') return 'failing';
    if (overdue) return 'overdue';
    const word = WORDS[lag.trend];
    return rejected > 0 && word !== 'behind' ? 'incomplete' : word;
  };
  const isStalled = overdue || wasCutOff;
  return {
    word: word(),
    lag: isStalled ? { ...lag, trend: 'stalled', caughtUpIn: null } : lag,
    isRunning,
    wasCutOff,
  };
}
