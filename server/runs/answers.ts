import { channel } from 'node:diagnostics_channel';
import * as v from 'valibot';
import { bareDomain } from '../../src/settings';

const originOf = (address: string): string => (URL.canParse(address) ? new URL(address).origin : '');

/** Whose server an origin is, going by the settings. */
export function serviceOf(
  origin: string,
  { AUTH0_DOMAIN = '', SLACK_INCOMING_WEBHOOK = '', SEGMENT_ENDPOINT = '' }: Readonly<Record<string, string>>,
): 'auth0' | 'segment' | 'slack' | 'other' {
  if (AUTH0_DOMAIN !== '' && origin.endsWith(`//${bareDomain(AUTH0_DOMAIN)}`)) return 'auth0';
  if (/segment(apis)?\.(io|com)$/.test(origin) || originOf(SEGMENT_ENDPOINT) === origin) {
    return 'segment';
  }
  const isSlack = /\/\/hooks\.slack(-gov)?\.com$/.test(origin) || originOf(SLACK_INCOMING_WEBHOOK) === origin;
  return isSlack ? 'slack' : 'other';
}

/** What Node's own `fetch` says of each answer. */
const message = v.object({
  request: v.object({ origin: v.union([v.string(), v.instance(URL)]) }),
  response: v.object({ statusCode: v.number() }),
});

/**
 * Watches the answers that this process gets, whoever in it has asked.
 *
 * @param onAnswer told the origin that was asked, such as `https://api.segment.io`, and the HTTP status
 * @returns ends it
 */
export function watchAnswers(onAnswer: (origin: string, status: number) => void): () => void {
  const answers = channel('undici:request:headers');
  const note = (data: unknown) => {
    const parsed = v.safeParse(message, data);
    if (parsed.success) onAnswer(String(parsed.output.request.origin), parsed.output.response.statusCode);
  };
  answers.subscribe(note);
  return () => answers.unsubscribe(note);
}

/**
 * Counts the messages that Slack takes while something is done.
 *
 * @param settings of the tenant that it is done for
 * @returns what the work returns, and the count
 */
export async function countSlackMessages<T>(
  settings: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<{ result: T; messages: number }> {
  let messages = 0;
  const stop = watchAnswers((origin, status) => {
    if (status === 200 && serviceOf(origin, settings) === 'slack') messages += 1;
  });
  try {
    const result = await work();
    return { result, messages };
  } finally {
    stop();
  }
}
