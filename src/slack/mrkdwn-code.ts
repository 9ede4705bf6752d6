import { escapeMrkdwn } from './escape-mrkdwn';

/** Nothing in a code may end it. */
const plain = (text: string, longest: number) =>
  escapeMrkdwn(text.replaceAll('`', "'").replace(/\s+/g, ' ').trim(), longest);

/** Text in a fixed-width font, within a line. */
export const codeSpan = (text: string, longest: number) => `\`${plain(text, longest)}\``;

/** Text in a box of its own, which is easy to copy. */
export const codeBlock = (text: string, longest: number) => `\`\`\`${plain(text, longest)}\`\`\``;
