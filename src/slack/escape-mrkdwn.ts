/**
 * Text as it may stand in Slack's mrkdwn: the three characters that Slack interprets are escaped
 * (https://api.slack.com/reference/surfaces/formatting#escaping), so that nothing in it becomes a mention.
 */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
