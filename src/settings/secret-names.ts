/** The settings that must never be seen in anything that leaves: log lines, answers, pages, records, messages. */
export const secretNames = [
  'AUTH0_CLIENT_SECRET',
  'EXTENSION_SECRET',
  'SEGMENT_KEY',
  'SLACK_INCOMING_WEBHOOK',
  'SLACK_INCOMING_WEBHOOK_URL',
] as const;
