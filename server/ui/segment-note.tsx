/** Segment's own description of where to look. */
const DEBUGGER = 'https://segment.com/docs/connections/sources/debugger/';

/** Says what "accepted" does not prove, and where to see it. */
export function SegmentNote() {
  return (
    <p class="muted segment-note">
      Segment accepts events with any write key and does not confirm that the key is right. See once whether
      they have arrived, in{' '}
      <a href={DEBUGGER} target="_blank" rel="noreferrer">
        the source’s Debugger
      </a>
      ; where nothing is there, correct SEGMENT_KEY and replay.
    </p>
  );
}
