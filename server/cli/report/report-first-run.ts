import { parseSettings } from '../../../src/settings/parse-settings';
import type { Execution } from '../../host/executions/execution';
import { messageOf } from '../../host/executions/message-of';
import { recordOf } from '../../host/executions/record-of';
import type { Host } from '../../host/host';
import { parseSchedule } from '../../host/schedule/parse-schedule';
import type { SandboxWorld } from '../sandbox/open-sandbox-world';
import type { Terminal } from './create-terminal';
import { describeRun } from './describe-run';
import { slackInWords } from './slack-in-words';

/**
 * Prints what the first run did, and what comes next.
 *
 * @param messages that Slack took of it
 * @param first `undefined` where there was none, because nothing is installed or the job is switched off
 * @param time a point in time as the schedule's clock shows it
 */
export function reportFirstRun(
  terminal: Terminal,
  host: Pick<Host, 'secrets' | 'installed'>,
  world: SandboxWorld | undefined,
  first: Execution | undefined,
  messages: number,
  time: (ms: number) => string,
): void {
  const record = first && recordOf(first.body);
  if (record) {
    const { slack } = parseSettings((name) => host.secrets('')[name]);
    const text = world?.sandbox.slack.messages.at(-1)?.text;
    const got = slackInWords(slack.webhook, messages, record);
    terminal.heading(`Run of ${time(Date.parse(record.start))}: ${record.error ? 'failed' : 'done'}`);
    terminal.table(describeRun(record, messages > 0 && text ? `${got}: “${String(text)}”` : got));
    terminal.line();
  } else if (first) {
    terminal.line(messageOf(first.body));
    terminal.line();
  }

  const job = host.installed?.job;
  if (!job) {
    terminal.line('Nothing is installed. Ctrl-C stops.');
  } else if (job.next_available_at === null) {
    terminal.line('The job is switched off. Ctrl-C stops.');
  } else {
    const { words, timeZone } = parseSchedule(job.schedule, job.tz);
    terminal.line(
      `Next run at ${time(Date.parse(job.next_available_at))}. Schedule: ${words} (${job.schedule}, ${timeZone}). Ctrl-C stops.`,
    );
  }
}
