import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dailyMessage, runMessage } from '../../src/slack/messages';
import { codeBlock, codeSpan, escapeMrkdwn } from '../../src/slack/mrkdwn';
import { makeRecord } from '../support/make-record';
import { renderMrkdwn, renderSlackMessage } from '../support/render-slack-message';
import { slackSamples } from '../support/slack-samples';
import { sumsOf } from '../support/sums-of';

type Message = ReturnType<typeof runMessage>;

/** Every text of a message that Slack interprets. */
const textsOf = ({ text = '', blocks = [] }: Message): string[] => [
  text,
  ...blocks.flatMap((block) => [
    ...('text' in block && typeof block.text === 'object' ? [block.text.text] : []),
    ...('fields' in block && Array.isArray(block.fields)
      ? block.fields.map((field) => String(field.text))
      : []),
  ]),
];

/** What a reader sees, without the marks. */
const readable = (message: Message) =>
  renderSlackMessage(message)
    .replace(/<style>.*<\/style>/s, '')
    .replaceAll('<br>', '\n')
    .replace(/<[^>]+>/g, ' ')
    .replace(/[ ]+/g, ' ');

function expectWithinSlacksLimits(message: Message) {
  const { blocks = [] } = message;
  expect(blocks.length).toBeGreaterThan(0);
  expect(blocks.length).toBeLessThanOrEqual(50);
  for (const block of blocks) {
    const fields = 'fields' in block && Array.isArray(block.fields) ? block.fields : [];
    expect(fields.length).toBeLessThanOrEqual(10);
    for (const field of fields) expect(String(field.text).length).toBeLessThanOrEqual(2_000);
  }
  for (const text of textsOf(message)) {
    expect(text.length).toBeGreaterThan(0);
    expect(text.length).toBeLessThanOrEqual(3_000);
    // No mention, no link: all that may stand in angle brackets is a date of ours.
    expect(text.replace(/<!date\^\d+\^[^<>|]*\|[^<>]*>/g, '')).not.toMatch(/[<>]/);
    // No escape is cut.
    expect(text.replace(/&(amp|lt|gt);/g, '')).not.toContain('&');
    // No code block is left open, and no character is cut in two.
    expect((text.match(/```/g) ?? []).length % 2).toBe(0);
  }
}

const nasty = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 50 }),
  fc.constantFrom(
    '<!channel>',
    '<!here|x>',
    '<@U0123>',
    '<https://evil.example.com|click>',
    '&lt;!channel&gt;',
    '```',
    '`',
    '\n```\n<!everyone>\n',
    '&'.repeat(3_000),
    '<'.repeat(2_999),
    '😀'.repeat(2_000),
    'x'.repeat(50_000),
    ' '.repeat(10),
  ),
);

const anyRun = fc
  .record({
    start: fc.oneof(
      fc.constant('2026-03-01T11:55:00.000Z'),
      nasty,
      fc.constant('Mar 1 2026 12:00 GMT (<!here>)'),
    ),
    end: fc.oneof(fc.constant('2026-03-01T11:55:10.000Z'), nasty),
    checkpoint: fc.option(nasty),
    logsProcessed: fc.nat(),
    skipped: fc.nat({ max: 3 }),
    rejected: fc.array(
      fc.record({
        logId: nasty,
        call: fc.constantFrom('track' as const, 'identify' as const),
        reason: nasty,
      }),
      { maxLength: 30 },
    ),
    events: fc.dictionary(nasty, fc.nat(), { maxKeys: 8 }),
    warning: fc.option(nasty, { nil: undefined }),
    error: fc.option(fc.record({ message: nasty, checkpoint: fc.option(nasty) }), { nil: undefined }),
  })
  .map(makeRecord);

describe('whatever is reported', () => {
  test('a message about a run stays within Slack’s limits, and nothing in it becomes a mention', () => {
    fc.assert(fc.property(anyRun, (run) => expectWithinSlacksLimits(runMessage(run))));
  });

  test('so does the summary of a day', () => {
    fc.assert(
      fc.property(fc.array(anyRun, { maxLength: 5 }), (runs) =>
        expectWithinSlacksLimits(dailyMessage('2026-02-28', sumsOf(runs))),
      ),
    );
  });

  test('no text is left to Slack to find mentions and links in', () => {
    const { blocks = [] } = runMessage(
      makeRecord({ error: { message: '@channel x.com', checkpoint: null } }),
    );
    const texts = blocks.flatMap((block) => [
      ...('text' in block ? [block.text] : []),
      ...('fields' in block && Array.isArray(block.fields) ? block.fields : []),
    ]);
    for (const text of texts) expect(text).toMatchObject({ type: 'mrkdwn', verbatim: true });
  });
});

describe('a text from outside', () => {
  test('is escaped, each character once', () => {
    expect(escapeMrkdwn('a < b && c > d')).toBe('a &lt; b &amp;&amp; c &gt; d');
    expect(escapeMrkdwn('&amp;')).toBe('&amp;amp;');
  });

  test('is cut between characters, never inside an escape or an emoji', () => {
    expect(escapeMrkdwn('ab&cd', 9)).toBe('ab&amp;cd');
    expect(escapeMrkdwn('ab&cd', 8)).toBe('ab&amp;…');
    expect(escapeMrkdwn('ab&cd', 7)).toBe('ab…');
    expect(escapeMrkdwn('a😀b', 3)).toBe('a…');
    expect(escapeMrkdwn('a😀bc', 4)).toBe('a😀…');
  });

  test('cannot end the code that it stands in', () => {
    expect(codeBlock('9```0\n1` <', 100)).toBe("```9'''0 1' &lt;```");
    expect(codeSpan('9`0\n1', 100)).toBe("`9'0 1`");
    expect(renderMrkdwn(codeBlock('x'.repeat(5_000), 100))).toMatch(/^<pre>x{99}…<\/pre>$/);
  });
});

describe('a failed run', () => {
  const run = makeRecord({
    start: '2026-03-01T11:55:00.000Z',
    end: '2026-03-01T11:55:19.400Z',
    checkpoint: '9001',
    logsRead: 1_812,
    logsProcessed: 1_400,
    batches: 14,
    skipped: 3,
    events: { 'Failed Login': 4, 'Success Login': 1_371 },
    error: { message: 'Segment returned 503. The next run tries again.', checkpoint: '9002' },
  });

  test('says what failed, what to replay from, when, and how far it came', () => {
    const message = runMessage(run);
    const shown = readable(message);
    expect(shown).toContain('Auth0 Logs to Segment: Failed');
    expect(shown).toContain('Segment returned 503. The next run tries again.');
    expect(shown).toMatch(/Checkpoint ID, as START_FROM takes it for a replay:\s+9002/);
    expect(shown).not.toContain('9001');
    expect(shown).toMatch(/Logs read\s+1,812/);
    expect(shown).toMatch(/Events sent\s+1,375/);
    // How many of the others would have been exported is not known.
    expect(shown).not.toContain('of other types');
    expect(shown).toContain('Mar 1, 2026 11:55:00 AM');
    expect(shown).toContain('19 s');
    expect(shown).toContain('1,371 Success Login\n4 Failed Login');
    expect(shown).toContain('3 without a user');
    expect(renderSlackMessage(message)).toContain('<pre>9002</pre>');
    expect(message.text).toBe(
      'Auth0 Logs to Segment: Failed. Segment returned 503. The next run tries again.',
    );
  });

  test('without a checkpoint offers none to copy', () => {
    const shown = readable(runMessage({ ...run, error: { message: 'x', checkpoint: null } }));
    expect(shown).not.toContain('START_FROM');
  });

  test('names the rejected calls, and counts those beyond the first', () => {
    const rejected = Array.from({ length: 1_010 }, (_, n) => ({
      logId: `9${n}x`,
      call: 'track' as const,
      reason: `Reason ${n}`,
    }));
    const shown = readable(runMessage({ ...run, rejected }));
    expect(shown).toMatch(/• 90x \(track\): Reason 0\n/);
    expect(shown).toContain('… and 1,002 more');
    expect(shown).not.toContain('98x');
  });
});

test.each([
  ['Succeeded', makeRecord(), 'large_green_circle'],
  ['Warning', makeRecord({ warning: 'w' }), 'large_yellow_circle'],
  [
    'Incomplete, 1 call rejected',
    makeRecord({ rejected: [{ logId: '9', call: 'track', reason: 'r' }] }),
    'large_yellow_circle',
  ],
  ['Failed', makeRecord({ error: { message: 'e', checkpoint: null } }), 'red_circle'],
  [
    'Cancelled',
    makeRecord({ error: { message: 'e', checkpoint: null, code: 'cancelled' } }),
    'large_yellow_circle',
  ],
])('the headline says at a glance: %s', (headline, run, symbol) => {
  const message = runMessage(run);
  expect(message.text).toContain(`Auth0 Logs to Segment: ${headline}`);
  expect(textsOf(message)[1]).toContain(`:${symbol}: *Auth0 Logs to Segment: ${headline}*`);
});

describe('the summary of a day', () => {
  const run = makeRecord({ logsProcessed: 600, batches: 6, skipped: 1, events: { 'Success Login': 599 } });

  test('says what is known of runs whose records, of the former extension, count no events', () => {
    const { events: _, ...former } = makeRecord({ logsProcessed: 1_200, skipped: 0, rejected: [] });
    const { text = '', blocks } = dailyMessage('2026-02-28', sumsOf([former]));
    expect(text).toContain(
      '1,200 logs processed in 1 run, of which none failed. How many events were sent is',
    );
    expect(JSON.stringify(blocks)).toContain('not on record');
    expect(text).not.toContain('0 events');
    const idle = makeRecord({ logsProcessed: 0, skipped: 0, rejected: [], events: {} });
    expect(dailyMessage('2026-02-28', sumsOf([idle])).text).toContain('0 events sent in 1 run');
  });

  test('says of which runs the events are not on record, on the day that the former extension ended', () => {
    const { events: _, ...former } = makeRecord({ logsProcessed: 1_200, skipped: 0, rejected: [] });
    const message = dailyMessage('2026-02-28', sumsOf([former, former, run]));
    expect(message.text).toContain(
      '599 events sent in 3 runs, of which none failed. How many were sent besides is not in the records of 2 of them, with 2,400 logs processed.',
    );
    expect(readable(message)).toContain('599 Success Login\nnot on record of 2 runs');
  });

  test('adds its runs up', () => {
    const shown = readable(dailyMessage('2026-02-28', sumsOf([run, run, run])));
    expect(shown).toContain('Auth0 Logs to Segment on 2026-02-28');
    expect(shown).toContain('1,797 events sent in 3 runs, of which none failed.');
    expect(shown).toContain('1,797 Success Login');
    expect(shown).toMatch(/Left out\s+3 without a user/);
    expect(readable(dailyMessage('2026-02-28', sumsOf([{ ...run, skipped: 0 }])))).not.toContain('Left out');
    expect(shown).not.toContain('Last failure');
  });

  test('shows the last failure', () => {
    const failing = (message: string, start: string) => ({
      ...run,
      start,
      error: { message, checkpoint: '9' },
    });
    const runs = [
      failing('First.', '2026-02-28T01:00:00.000Z'),
      failing('Second.', '2026-02-28T17:35:00.000Z'),
      run,
    ];
    const shown = readable(dailyMessage('2026-02-28', sumsOf(runs)));
    expect(shown).toContain('of which 2 failed');
    expect(shown).toMatch(/Last failure , Feb 28, 2026 5:35:00 PM\nSecond\./);
    expect(shown).not.toContain('First.');
  });

  test('says when there was no run at all', () => {
    expect(readable(dailyMessage('2026-02-28', sumsOf([])))).toContain('No run of this day is on record.');
  });
});

test('the samples that are pictured are real messages', () => {
  for (const message of Object.values(slackSamples)) expectWithinSlacksLimits(message);
});
