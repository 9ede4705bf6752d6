import { createRedactor } from '../../src/redactor';
import { messageIdOf, sourceOf } from '../../src/segment/calls';
import { createSegmentSink } from '../../src/segment/deliver';
import { EMPTY_PROFILE } from '../../src/segment/profile';
import { endOfKey, type ParsedSettings, parseSettings, type Settings, secretNames } from '../../src/settings';
import { postToSlack } from '../../src/slack/reporter';
import { createDeadline } from '../../src/time';
import { checkAuth0 } from './check-auth0';
import { type Check, type CheckDependencies, type CheckLine, createPeer, leftOut } from './check-line';
import type { ResolvedSettings } from './registry';

/** All checks together take no longer than this, in milliseconds. */
const LONGEST_MS = 60_000;
/** A Slack message is waited for so long, in milliseconds, as in a run. */
const LONGEST_SEND_MS = 5_000;
/** The user of the call that Segment is checked with. */
const CHECK_USER_ID = 'auth0-logs-to-segment-check';
/** What is wrong in the settings, or in what they say of Slack. */
function settingsLine({ problems, warnings, settings, tenant }: ParsedSettings): CheckLine {
  const name = 'Settings';
  if (!settings) {
    const rest = tenant ? 'Segment was' : 'everything else was';
    return { name, state: 'failure', text: problems.join(' ') + leftOut(rest) };
  }
  if (warnings.length > 0) return { name, state: 'warning', text: warnings.join(' ') };
  return { name, state: 'ok', text: `All settings can be used. The tenant is ${settings.tenant.domain}.` };
}

/** Sends Segment a call that says nothing of anybody. */
async function checkSegment({ segment }: Settings, check: Check): Promise<CheckLine> {
  const name = 'Segment';
  const { clock, random, redactor } = check;
  const { writeKey, endpoint } = segment;
  const { host } = new URL(endpoint);
  const deliver = createSegmentSink({
    ...segment,
    ...createPeer(check),
    clock,
    random,
    onRequest: () => {},
  });
  const source = sourceOf(writeKey);
  const logId = `check-${clock.now()}`;
  const messageId = messageIdOf(logId, 'identify', source);
  const { failure, rejected } = await deliver([
    {
      type: 'identify',
      logId,
      bytes: EMPTY_PROFILE.json.length,
      messageId,
      userId: CHECK_USER_ID,
      traits: EMPTY_PROFILE.json,
    },
  ]);
  const [refused] = rejected;
  if (failure || refused) {
    return {
      name,
      state: 'failure',
      text: redactor.text(failure?.error.message ?? refused?.reason ?? ''),
    };
  }
  const end = endOfKey(writeKey);
  const key = end === '' ? 'the write key' : `the write key that ends in ${end}`;
  return {
    name,
    state: 'ok',
    text: `${host} took a call for the user ${CHECK_USER_ID} with ${key}. It does so for any key, so this does not confirm the key.`,
    remedy: `Look into the Debugger of the source (Connections > Sources): the call must be there, with the messageId ${messageId}.`,
  };
}

/** Posts a test message. */
async function checkSlack({ slack, warnings }: ParsedSettings, { fetch }: Check): Promise<CheckLine> {
  const name = 'Slack';
  if (slack.webhook === undefined) {
    const problem = warnings.find((warning) => warning.startsWith('SLACK_INCOMING_WEBHOOK'));
    return problem
      ? { name, state: 'failure', text: problem }
      : {
          name,
          state: 'warning',
          text: 'SLACK_INCOMING_WEBHOOK is not set, so nothing is reported to Slack.',
        };
  }
  const undelivered = await postToSlack(
    { webhook: slack.webhook, fetch, timeoutMs: LONGEST_SEND_MS },
    { text: 'Auth0 Logs to Segment: this is a test message. Reports of runs will come here.' },
  );
  if (!undelivered) {
    return { name, state: 'ok', text: 'A test message was posted. Look for it in the channel.' };
  }
  const { cause, remedy } = undelivered;
  return {
    name,
    state: 'failure',
    text: `The test message could not be posted at ${new URL(slack.webhook).host}. ${cause} The export itself is not affected.`,
    remedy,
  };
}

/**
 * Checks whether a tenant can be exported with these settings: each line as it becomes known. What depends on a line
 * that failed is left out, and that line says so. Nothing is stored; Segment gets one identify call without traits, for
 * a user that stands for nobody.
 *
 * @param settings by their names, as a run finds them
 * @param slackMessage whether Slack gets a test message
 * @param testEventOnly whether Segment gets its call, and nothing else is checked than whether it can be made
 */
export async function* checkTenant(
  settings: ResolvedSettings,
  dependencies: CheckDependencies,
  { slackMessage, testEventOnly = false }: { slackMessage: boolean; testEventOnly?: boolean },
): AsyncGenerator<CheckLine> {
  const { clock, stop } = dependencies;
  const parsed = parseSettings((name) => settings[name]);
  const deadline = createDeadline({ clock, budgetMs: LONGEST_MS });
  const end = () => deadline.end();
  stop.addEventListener('abort', end, { once: true });
  const check: Check = {
    ...dependencies,
    redactor: createRedactor(secretNames.map((name) => settings[name])),
    deadline,
  };
  try {
    if (!testEventOnly || !parsed.settings) yield settingsLine(parsed);
    if (!testEventOnly) yield* checkAuth0(parsed, check);
    if (parsed.settings && !stop.aborted) yield await checkSegment(parsed.settings, check);
    if (slackMessage && !stop.aborted) yield await checkSlack(parsed, check);
  } finally {
    stop.removeEventListener('abort', end);
    deadline.end();
  }
}
