/** Verbatim: Slack makes no links and mentions of what merely looks like them. */
const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text, verbatim: true });

/**
 * A paragraph.
 *
 * @param text mrkdwn of 3,000 characters at most
 */
export const section = (text: string) => ({ type: 'section' as const, text: mrkdwn(text) });

/**
 * Short facts, two in a row.
 *
 * @param facts at most ten; name, and value in mrkdwn of 1,900 characters at most
 */
export const factsSection = (facts: readonly (readonly [name: string, value: string])[]) => ({
  type: 'section' as const,
  fields: facts.map(([name, value]) => mrkdwn(`*${name}*\n${value}`)),
});
