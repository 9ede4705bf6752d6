import { useEffect, useRef, useState } from 'preact/hooks';
import { Badge, Button } from '../../ui/components';
import type { Tone } from '../../ui/format';
import type { CheckLine, ConnectionCheck } from '../api/check-view';
import { streamApi, useAction } from './api';

const WORDS: Readonly<Record<CheckLine['state'], readonly [Tone, string]>> = {
  ok: ['good', 'OK'],
  warning: ['warn', 'Warning'],
  failure: ['bad', 'Failed'],
};

/** What came of all checks, in a sentence. */
function sumUp(lines: readonly CheckLine[]): string {
  const failed = lines.filter(({ state }) => state === 'failure').length;
  const warnings = lines.filter(({ state }) => state === 'warning').length;
  if (failed > 0) return `Checked: ${failed} failed.`;
  if (warnings > 0)
    return `Checked: nothing failed, but see ${warnings === 1 ? 'the warning' : 'the warnings'}.`;
  return 'Checked: everything is well.';
}

/**
 * A button that has the connection checked, and below it what came of each check, as it becomes known.
 *
 * @param read answers what is to be checked, at the moment of the click
 */
export function CheckConnection({
  read,
}: {
  read: () => Omit<ConnectionCheck, 'slackMessage' | 'testEventOnly'>;
}) {
  const { isBusy, problem, problems, act } = useAction();
  const [lines, setLines] = useState<readonly CheckLine[]>([]);
  const [isDone, setDone] = useState(false);
  const [testEventOnly, setTestEventOnly] = useState(false);
  const [slackMessage, setSlackMessage] = useState(false);
  const left = useRef(new AbortController());
  const results = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // In a form the results come below what is in sight: whoever asked would see nothing happen.
    if (lines.length > 0) results.current?.scrollIntoView({ block: 'nearest' });
  }, [lines, isDone]);
  useEffect(() => () => left.current.abort(), []);
  const check = async (testEventOnly: boolean) => {
    setTestEventOnly(testEventOnly);
    setLines([]);
    setDone(false);
    const isWhole = await act(() =>
      streamApi<CheckLine>(
        '/api/check',
        { ...read(), slackMessage: slackMessage && !testEventOnly, testEventOnly },
        left.current.signal,
        (line) => setLines((before) => [...before, line]),
      ),
    );
    setDone(isWhole);
  };
  const refused = Object.values(problems);
  return (
    <section class="check-connection" aria-label="Connection">
      <div class="check-ask">
        <Button onClick={() => check(false)} isBusy={isBusy}>
          {isBusy && !testEventOnly ? 'Checking…' : 'Check the connection'}
        </Button>
        <Button onClick={() => check(true)} isBusy={isBusy}>
          {isBusy && testEventOnly ? 'Sending…' : 'Send a test event'}
        </Button>
        <label class="check small">
          <input
            type="checkbox"
            checked={slackMessage}
            onInput={(event) => setSlackMessage(event.currentTarget.checked)}
          />{' '}
          Post a test message to Slack, too
        </label>
      </div>
      <p class="muted small">
        Both send Segment a test event: an identify call for <code>auth0-logs-to-segment-check</code>. Segment
        accepts it with any write key, so look for it in the Debugger of your source (Connections &gt;
        Sources).
      </p>
      {problem && (
        <div class="field-problem" role="alert">
          {refused.length > 0 ? refused.map((text) => <p key={text}>{text}</p>) : <p>{problem}</p>}
        </div>
      )}
      <div aria-live="polite" aria-relevant="additions text" ref={results}>
        {lines.length > 0 && (
          <ul class="result-lines">
            {lines.map(({ name, state, text, remedy }) => {
              const [tone, word] = WORDS[state];
              return (
                <li key={name}>
                  <Badge tone={tone}>{word}</Badge>
                  <span>
                    <strong>{name}</strong> {text} {remedy}
                  </span>
                </li>
              );
            })}
          </ul>
        )}
        {isDone && !testEventOnly && <p class="muted small">{sumUp(lines)}</p>}
      </div>
    </section>
  );
}
