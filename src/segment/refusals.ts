import { ExportError } from '../errors';
import type { BufferedResponse } from '../http/request';
import { messageIdOf, type SegmentCall } from './calls';
import { segmentAnswerError } from './errors';
import { EMPTY_PROFILE } from './profile';

/** The user of the call that asks whether Segment accepts anything, when a real one's may be to blame. */
const PROBE_USER_ID = 'auth0-logs-to-segment';
/** Lone refusals in a row after which Segment is asked again whether it takes anything. */
const MOST_IN_A_ROW = 5;

/** Whether Segment refuses a request for what is in it, and will refuse it again. */
export const isRefusal = (answer: BufferedResponse): boolean =>
  answer.status === 400 || answer.status === 413;

/** A call that Segment refused though it stood alone in its request. */
interface LoneRefusal {
  call: SegmentCall;
  answer: BufferedResponse;
}

/** What is known of the refusals of one batch. */
export interface BatchRefusals {
  /** Calls that are to blame for their refusal: Segment took another one after them. */
  readonly rejected: readonly LoneRefusal[];
  /** Calls that were refused alone, after which nothing was taken as yet. */
  readonly open: readonly LoneRefusal[];
  /** Notes that Segment took these calls. */
  taken(calls: readonly SegmentCall[]): void;
  /**
   * Notes that Segment refused a call alone.
   *
   * @param isFirst whether it took nothing since it refused the request that the call was in: asked at once
   * @throws {ExportError} `segment_refused` when it refuses everything
   */
  refused(refusal: LoneRefusal, isFirst: boolean): Promise<void>;
  /**
   * Decides what is open at the end of the batch, before the checkpoint may pass it, and tries the calls that are
   * to blame once more where they are five at most.
   *
   * @throws {ExportError} `segment_refused` when Segment refuses everything, `segment_blocked` when every track
   */
  settle(): Promise<void>;
}

/**
 * Decides, for the batches of one run, whether a call that Segment refuses is to blame, or Segment refuses
 * everything. A call counts as rejected only once Segment has taken another one after it:
 *
 * - an identify or a group, once anything was taken: no event is lost with it;
 * - a track, once a track was taken; one of this run that was taken before is sent again to ask, which is the
 *   same call to Segment. Where no track of the run was taken yet, an identify call that says nothing is
 *   evidence enough for a few tracks, or for those of one user; not for many of several users, for which the
 *   run fails.
 *
 * Nothing is carried from one batch to the next, so that the checkpoint never stands behind a refusal that is
 * open. Only where batches are smaller than what counts as many has it passed some when that many are reached.
 *
 * @param send sends calls as one request; resolves with a confirmed answer or a refusal
 * @param source the Segment source, as `sourceOf` names it
 * @param host of the endpoint, for words
 */
export function createRefusals(
  send: (calls: readonly SegmentCall[]) => Promise<BufferedResponse>,
  { source, host }: { source: string; host: string },
): () => BatchRefusals {
  /** The track of this run that Segment took last. */
  let lastTaken: SegmentCall | undefined;
  /** Tracks that were refused while none of this run was taken. */
  let untaken: SegmentCall[] = [];

  const isTaken = async (calls: readonly SegmentCall[]) => !isRefusal(await send(calls));

  const isNothingTakenFor = async ({ logId, bytes }: SegmentCall, userId: string): Promise<boolean> => {
    const messageId = messageIdOf(logId, 'probe', source);
    return !(await isTaken([
      { type: 'identify', logId, bytes, messageId, userId, traits: EMPTY_PROFILE.json },
    ]));
  };

  return () => {
    const rejected: LoneRefusal[] = [];
    let open: LoneRefusal[] = [];

    const blame = (isToBlame: (call: SegmentCall) => boolean) => {
      rejected.push(...open.filter(({ call }) => isToBlame(call)));
      open = open.filter(({ call }) => !isToBlame(call));
    };

    const ask = async () => {
      const last = open.at(-1);
      if (!last) return;
      if (lastTaken && open.some(({ call }) => call.type === 'track')) {
        if (!(await isTaken([lastTaken]))) throw segmentAnswerError(host, last.answer);
      } else {
        // Of the refused call's user, and where all that is about that user is refused, of nobody.
        const { call } = last;
        if ((await isNothingTakenFor(call, call.userId)) && (await isNothingTakenFor(call, PROBE_USER_ID)))
          throw segmentAnswerError(host, last.answer);
        if (!lastTaken) untaken.push(...open.flatMap(({ call }) => (call.type === 'track' ? [call] : [])));
      }
      blame(() => true);
    };

    const taken = (calls: readonly SegmentCall[]) => {
      const track = calls.findLast(({ type }) => type === 'track');
      if (track) {
        lastTaken = track;
        untaken = [];
      }
      blame(({ type }) => track !== undefined || type !== 'track');
    };

    /** What struck a few calls may have passed; many are too much for the time of a run. */
    const tryAgain = async () => {
      if (rejected.length > MOST_IN_A_ROW) return;
      for (const refusal of [...rejected]) {
        if (!(await isTaken([refusal.call]))) continue;
        rejected.splice(rejected.indexOf(refusal), 1);
        taken([refusal.call]);
      }
    };

    return {
      rejected,
      get open() {
        return open;
      },
      taken,
      refused: async (refusal, isFirst) => {
        open.push(refusal);
        if (isFirst || open.length >= MOST_IN_A_ROW) await ask();
      },
      settle: async () => {
        await ask();
        await tryAgain();
        const users = new Set(untaken.map(({ userId }) => userId));
        if (untaken.length < MOST_IN_A_ROW || users.size < 2) return;
        throw new ExportError(
          'segment_blocked',
          `Segment at ${host} takes calls, but it refused all of the ${untaken.length} tracks that this run sent alone, of ${users.size} users, so they are not what is wrong.`,
        );
      },
    };
  };
}
