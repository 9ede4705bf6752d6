/** Segment's own description of where to look. */
const DEBUGGER = 'https://segment.com/docs/connections/sources/debugger/';

/**
 * Says what "accepted" does not prove, and where to see it.
 *
 * @param keyEnd what the write key is recognised by, such as `…a1b2`; empty where that would tell much of it
 */
export function SegmentNote({ keyEnd }: { keyEnd: string }) {
  return (
    <p class="muted segment-note">
      Segment accepts events with any write key and does not confirm that the key{' '}
      {keyEnd && <span class="key-end">{`(${keyEnd})`}</span>} is right. See once whether they have arrived,
      in{' '}
      <a href={DEBUGGER} target="_blank" rel="noreferrer">
        the source’s Debugger
      </a>
      ; where nothing is there, correct SEGMENT_KEY and replay.
    </p>
  );
}
