import { ExportError } from '../../../src/errors/export-error';
import { createExporter } from '../../../src/job/create-exporter';
import { BatchFailure } from '../../../src/job/export-batch';
import { createRedactor } from '../../../src/redaction/create-redactor';
import type { SegmentCall } from '../../../src/segment/segment-call';
import { parseSettings } from '../../../src/settings/parse-settings';
import { secretNames } from '../../../src/settings/secret-names';
import type { Clock } from '../../../src/time/clock';
import { HostError } from '../../host/host-error';
import { checkSettings } from '../options/check-settings';
import { startPatience } from '../replay/patience';
import { printedCall } from '../replay/printed-call';
import { byName } from '../report/by-name';
import { count } from '../report/count';
import type { Terminal } from '../report/create-terminal';

/** Failures that pass by themselves: the same command, from where it came to, may succeed later. */
const PASSING: ReadonlySet<string> = new Set([
  'auth0_unreachable',
  'auth0_rate_limited',
  'segment_unreachable',
  'out_of_time',
]);

/** What `replay` is given. */
export interface ReplayOptions {
  settings: Readonly<Record<string, string>>;
  /** Id of the first log. */
  from: string;
  /** Id of the last log; `undefined`: the newest there is. */
  to: string | undefined;
  /** Whether to print what would be sent instead of sending it. */
  isDryRun: boolean;
  /** Minutes without progress after which it ends. */
  maxMinutes: number;
  terminal: Terminal;
  /** Takes a line of JSON for each call that would be sent. */
  print: (json: string) => void;
  clock: Clock;
  stop: AbortSignal;
}

/**
 * Sends a stretch of logs again, without moving the checkpoint. Their calls have the messageIds that they had
 * before, by which Segment knows those that it has.
 *
 * @returns the exit code: 0 done, 75 when it was stopped or got no further for now, 1 failed
 * @throws {HostError} when a setting or an argument is wrong
 */
export async function replay(options: ReplayOptions): Promise<number> {
  const { from, to, isDryRun, terminal, print, clock, stop } = options;
  if (to !== undefined && to < from) {
    throw new HostError(`--to ${to} is a log before --from ${from}. Log ids grow: swap the two.`, 78);
  }
  checkSettings(options.settings);
  const parsed = parseSettings((name) => options.settings[name]);
  const { settings } = parsed;
  if (!settings) throw new HostError('The settings cannot be used.', 78);
  const redactor = createRedactor(secretNames.map((name) => options.settings[name]));
  const segmentHost = new URL(settings.segment.endpoint).host;
  const { deadline, fetch, progress } = startPatience({
    clock,
    limitMs: options.maxMinutes * 60_000,
    stop,
    fetch: globalThis.fetch,
    nameOf: (host) => (host === segmentHost ? 'Segment' : 'Auth0'),
    tell: terminal.line,
  });
  const exporter = createExporter(parsed, { clock, fetch, random: Math.random, redactor });
  const show = (calls: readonly SegmentCall[]) => {
    for (const call of calls) print(printedCall(call));
  };
  const done = exporter.replay({
    from,
    to,
    deadline,
    mayGoOn: () => !stop.aborted,
    onCalls: isDryRun ? show : undefined,
    onPage: progress,
    onWarning: terminal.line,
  });
  const events: Record<string, number> = {};
  let refused = 0;
  let last = '';
  try {
    for await (const exported of done) {
      progress();
      for (const [name, sent] of exported.events) events[name] = (events[name] ?? 0) + sent;
      for (const { logId, call, reason } of exported.rejected) {
        refused += 1;
        terminal.line(`Refused: ${call} of log ${logId}: ${redactor.text(reason)}`);
      }
      last = exported.batch.checkpoint;
    }
  } catch (thrown) {
    const error = thrown instanceof BatchFailure ? thrown.cause : thrown;
    if (!(error instanceof ExportError)) throw error;
    terminal.line(
      error.code === 'start_from_unknown'
        ? `--from is ${JSON.stringify(from.slice(0, 100))}, a log that Auth0 does not know: it is mistyped, or older than the tenant's log retention.`
        : redactor.text(error.message),
    );
    terminal.line(last ? `Replayed up to ${last}. Go on with --from ${last}` : 'Nothing was replayed.');
    if (!PASSING.has(error.code)) return 1;
    if (!stop.aborted) {
      terminal.line(
        `It ended because it would get no further within ${count(options.maxMinutes, 'minute')}.`,
      );
    }
    return 75;
  } finally {
    deadline.end();
  }
  const sent = Object.values(events).reduce((sum, one) => sum + one, 0);
  const what = sent > 0 ? `: ${byName(events)}` : '';
  terminal.line(
    `${isDryRun ? 'Would send' : 'Sent'} ${count(sent, 'event')}${what}, up to log ${last || from}.`,
  );
  if (refused > 0) terminal.line(`${count(refused, 'call')} refused.`);
  terminal.line('The checkpoint was not moved.');
  return stop.aborted ? 75 : refused > 0 ? 1 : 0;
}
