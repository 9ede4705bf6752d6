import type { JobAnswer } from '../../src/job/run-job';
import { parseSettings } from '../../src/settings';
import type { Clock } from '../../src/time';
import { countSlackMessages } from '../host/answers';
import { describeRun, describeSlackReport } from './describe-run';
import { drain } from './drain';
import { createHostExporter } from './host-exporter';
import { openHost } from './open-host';
import type { HostSetup } from './options';
import { checkSettings } from './settings';
import type { Terminal, TerminalStream } from './terminal';

/** The exit code of a run that leaves logs for the next: sysexits' EX_TEMPFAIL. */
const LOGS_ARE_LEFT = 75;

/** 0 done; 75 when logs are left for the next run; 1 failed, or another run is under way. */
function exitCodeOf(answer: JobAnswer): 0 | 1 | 75 {
  if (answer.statusCode !== 200) return 1;
  return answer.body.status.moreToCome ? LOGS_ARE_LEFT : 0;
}

/** What `run` is given. */
interface RunOptions {
  setup: HostSetup;
  overrides: Readonly<Record<string, string>>;
  /** Whether to go on until nothing is left. */
  isDrain: boolean;
  /** For people. */
  terminal: Terminal;
  /** What the terminal writes to; a progress bar needs it. */
  stream: TerminalStream & NodeJS.WritableStream;
  /** For programs: takes the result as JSON. */
  print: (json: string) => void;
  clock: Clock;
  stop: AbortSignal;
}

/**
 * One execution without the web part around it, or as many as it takes.
 *
 * @returns the exit code: 0 done, 75 more to come, 1 failed
 * @throws {HostError} when settings are missing or wrong (78), or the folder cannot be used
 */
export async function run(options: RunOptions): Promise<number> {
  const { setup, overrides, isDrain, terminal, print, clock, stop } = options;
  const { host, close } = await openHost({
    dataDir: setup.dataDir,
    overrides,
    maySandbox: false,
    command: isDrain ? 'run --drain' : 'run',
    clock,
    baseUrl: () => '',
    onEnd: () => {},
    onTrouble: (message) => terminal.line(message),
    stop,
  });
  try {
    const secrets = host.secrets('');
    checkSettings(secrets);
    let answer: JobAnswer;
    let messages = 0;
    const drained = isDrain && !stop.aborted ? await drain({ ...options, host }) : undefined;
    if (stop.aborted && !drained) {
      terminal.line('Stopped before anything was exported; the next run resumes from its checkpoint.');
      return LOGS_ARE_LEFT;
    }
    if (drained) {
      answer = drained.answer;
      print(JSON.stringify(drained.result));
    } else {
      terminal.line(`Exporting from ${secrets.AUTH0_DOMAIN} …`);
      const counted = await countSlackMessages(host, () => createHostExporter(host, clock).run({ stop }));
      answer = counted.result;
      messages = counted.messages;
      print(JSON.stringify(answer.body));
    }
    if (answer.statusCode === 409) terminal.line(answer.body.message);
    else if (!isDrain) {
      const { status } = answer.body;
      const { slack } = parseSettings((name) => secrets[name]);
      terminal.table(describeRun(status, describeSlackReport(slack.webhook, messages, status)));
    }
    return exitCodeOf(answer);
  } finally {
    await close();
  }
}
