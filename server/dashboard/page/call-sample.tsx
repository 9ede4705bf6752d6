import { useEffect, useState } from 'preact/hooks';
import type { CallSample } from '../api/check-view';
import { callApi, describeProblem, useHostWatch } from './api';

/** Somebody who types is not asked about each key. */
const PAUSE_MS = 300;

const HEADINGS: Readonly<Record<string, string>> = {
  identify: 'Identify call',
  group: 'Group call',
  track: 'Track call',
};

/**
 * What Segment would get with what is entered, asked of the host while it is being entered: made by the same code as
 * in a run.
 *
 * @param settings by their names
 */
export function CallsToSegment({ settings }: { settings: Readonly<Record<string, string>> }) {
  const [sample, setSample] = useState<CallSample & { failure?: string }>();
  const [tries, setTries] = useState(0);
  useHostWatch((lost) => !lost && setTries((before) => before + 1));
  const entered = JSON.stringify(settings);
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(async () => {
      const answer = await callApi<CallSample>('/api/sample', { settings: JSON.parse(entered) }).catch(
        (error: unknown) => ({ calls: [], excluded: [], problems: [], failure: describeProblem(error) }),
      );
      if (isCurrent) setSample(answer);
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [entered, tries]);

  const excluded = sample?.excluded ?? [];
  return (
    <section class="sample" aria-label="Sample">
      <h4>What Segment gets of a login, with what is entered here</h4>
      <p class="muted small" role="status">
        {!sample
          ? 'Making a sample…'
          : sample.failure
            ? `No sample. ${sample.failure}`
            : sample.problems.length > 0
              ? 'No sample: something above cannot be used.'
              : `${sample.calls.length === 1 ? '1 call' : `${sample.calls.length} calls`}, of a made-up user.`}
        {sample && excluded.length > 0 && <> Left out: {excluded.join(', ')}.</>}
      </p>
      {sample?.problems.map((problem) => (
        <p key={problem} class="field-problem">
          {problem}
        </p>
      ))}
      {sample && sample.calls.length > 0 && (
        <div class="sample-calls">
          {sample.calls.map((call) => (
            <figure key={String(call.type)}>
              <figcaption class="small">{HEADINGS[String(call.type)] ?? String(call.type)}</figcaption>
              <pre>{JSON.stringify(call, null, 2)}</pre>
            </figure>
          ))}
        </div>
      )}
    </section>
  );
}
