const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * Text as it may stand in Slack's mrkdwn: the three characters that Slack interprets are escaped
 * (https://api.slack.com/reference/surfaces/formatting#escaping), so that nothing in it becomes a mention,
 * and no code block begins in it.
 *
 * @param longest characters at most, the escapes included; a longer text is cut between two characters
 */
export function escapeMrkdwn(text: string, longest = Number.POSITIVE_INFINITY): string {
  const unfenced = text.replaceAll('```', "'''");
  const whole = unfenced.replace(/[&<>]/g, (character) => ESCAPES[character] ?? character);
  if (whole.length <= longest) return whole;
  let cut = '';
  for (const character of unfenced) {
    const escaped = ESCAPES[character] ?? character;
    if (cut.length + escaped.length > longest - '…'.length) break;
    cut += escaped;
  }
  return `${cut}…`;
}
