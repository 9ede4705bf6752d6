/** What is known of a tenant's log stream. Times in milliseconds since 1970. */
export interface StreamState {
  /** The highest log of an exported type that was announced; `null` without one, and once it is waited for no longer. */
  notedId: string | null;
  lastTriggerAt: number | null;
  /** Triggers so far. */
  triggers: number;
  /** When the last pull that was asked for is due, or was. */
  pullAt: number | null;
  /** Checkpoint of the last run. */
  reachedId: string | null;
  /** Follow-ups so far for the noted log. */
  asked: number;
  /** Since when logs were exported of which the stream has announced none. */
  silentSince: number | null;
  /** When Slack was told of that. */
  toldAt: number | null;
}

/** Triggers of a tenant that came at about the same time. */
export interface Triggers {
  /** The highest log of an exported type among what they announced; `null` where there is none. */
  highest: string | null;
  count: number;
  at: number;
}

/** What becomes of a stream. */
interface StreamStep {
  state: StreamState;
  /** When the tenant is to be run; `undefined` where nobody asks for it. */
  askAt: number | undefined;
}

/** Auth0's ids of logs sort as text. */
const isAfter = (one: string, other: string | null): boolean => other === null || one > other;

/** The later of two logs. */
export const laterOf = (one: string | null, other: string | null): string | null =>
  one !== null && isAfter(one, other) ? one : other;

/** Whether a run has come as far as the stream has announced. */
const isReached = ({ notedId, reachedId }: StreamState): boolean =>
  notedId === null || (reachedId !== null && notedId <= reachedId);

/**
 * Notes triggers, and asks for a run: now, or once the interval since the last is over, however many come meanwhile.
 * What was exported already is not asked for again, however often a stream repeats it.
 *
 * @param intervalMs between two pulls for triggers, at least
 */
export function noteTriggers(
  before: StreamState,
  { highest, count, at }: Triggers,
  intervalMs: number,
): StreamStep {
  const isNew = highest !== null && isAfter(highest, before.notedId);
  const state: StreamState = {
    ...before,
    notedId: isNew ? highest : before.notedId,
    asked: isNew ? 0 : before.asked,
    lastTriggerAt: at,
    triggers: before.triggers + count,
    silentSince: null,
    toldAt: null,
  };
  if (highest === null || (before.reachedId !== null && highest <= before.reachedId)) {
    return { state, askAt: undefined };
  }
  const { pullAt } = before;
  if (pullAt !== null && pullAt > at) return { state, askAt: pullAt };
  const askAt = Math.max(at, pullAt === null ? at : pullAt + intervalMs);
  return { state: { ...state, pullAt: askAt }, askAt };
}

/** A run that has ended. */
export interface StreamRun {
  /** Whether the stream has asked for it. */
  isForStream: boolean;
  hasFailed: boolean;
  checkpoint: string | null;
  /** Whether it has exported anything. */
  hasExported: boolean;
  startedAt: number;
  endedAt: number;
}

/** The Management API may show a log only seconds after the stream has: so much later it is asked again. */
const FOLLOW_UPS_MS = [2_000, 5_000, 15_000];
/** After a run that failed, triggers ask for no other within this: what keeps one from succeeding mostly lasts longer. */
const PAUSE_AFTER_FAILURE_MS = 5 * 60_000;

/**
 * Notes a run, and asks for another where it has not come as far as the stream has announced, and no trigger has asked
 * for one meanwhile.
 *
 * @param intervalMs as for {@link noteTriggers}
 */
export function noteRun(before: StreamState, run: StreamRun, intervalMs: number): StreamStep {
  const { endedAt, checkpoint } = run;
  const isSilent = !run.isForStream && run.hasExported;
  const state: StreamState = {
    ...before,
    reachedId: checkpoint,
    silentSince: before.silentSince ?? (isSilent ? endedAt : null),
  };
  if (run.hasFailed) {
    return { state: { ...state, pullAt: endedAt + PAUSE_AFTER_FAILURE_MS }, askAt: undefined };
  }
  // A failure before this run may have put it off for longer.
  const pullAt = before.pullAt === null ? null : Math.min(before.pullAt, endedAt + intervalMs);
  if (isReached(state)) return { state: { ...state, pullAt }, askAt: undefined };
  if (pullAt !== null && pullAt > endedAt) return { state: { ...state, pullAt }, askAt: pullAt };
  // It became due while this run was under way, which it could not begin beside. Half: of two machines' clocks.
  if (pullAt !== null && pullAt - run.startedAt > intervalMs / 2) {
    return { state: { ...state, pullAt: endedAt }, askAt: endedAt };
  }
  const delay = FOLLOW_UPS_MS[before.asked];
  if (delay === undefined) {
    // Auth0 does not have it: whoever knew the token made it up. Kept, it would hide each real one that is lower.
    return { state: { ...state, pullAt, notedId: null, asked: 0 }, askAt: undefined };
  }
  const askAt = endedAt + delay;
  return { state: { ...state, pullAt: askAt, asked: before.asked + 1 }, askAt };
}

/** A stream that has announced nothing for so long, while there were logs, counts as paused. */
const PAUSED_AFTER_MS = 15 * 60_000;

type Silence = Pick<StreamState, 'silentSince' | 'lastTriggerAt'>;

/** Returns true if Auth0 seems to have paused a stream: it posted before, and announces none of the exported logs. */
export const isPaused = ({ silentSince, lastTriggerAt }: Silence, now: number): boolean =>
  lastTriggerAt !== null && silentSince !== null && now - silentSince >= PAUSED_AFTER_MS;

/** Returns milliseconds since the last trigger while logs flow; 0 if none was missed or none ever came. */
export const silenceOf = ({ silentSince, lastTriggerAt }: Silence, now: number): number =>
  silentSince === null || lastTriggerAt === null ? 0 : Math.max(0, now - lastTriggerAt);
