import { escapeControls } from '../../src/redaction/without-controls';
import { systemClock } from '../../src/time/clock';
import { HostError } from '../host/host-error';
import { connectToPublicOnly } from '../host/http/public-only';
import { manifest } from '../host/installation/manifest';
import { replay } from './commands/replay';
import { run } from './commands/run';
import { start } from './commands/start';
import { status } from './commands/status';
import { helpText } from './help/help-text';
import { checkGivenSecret } from './options/check-settings';
import { exposureWarnings } from './options/exposure-warnings';
import { knownSettings } from './options/known-settings';
import { parseCommandLine } from './options/parse-command-line';
import { parseHostOptions } from './options/parse-host-options';
import { readOptions } from './options/read-options';
import { createTerminal } from './report/create-terminal';

/** The part of a process that a command needs. */
export interface ProcessParts {
  args: string[];
  env: NodeJS.ProcessEnv;
  folder: string;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  /** Fires when the process is asked to stop. */
  stop: AbortSignal;
}

/**
 * Whether the process may connect to addresses that are not public. Only whoever starts it may say so: neither a
 * file that others write, nor the Dashboard.
 *
 * @throws {HostError} where it says something else
 */
function mayConnectAnywhere({ ALLOW_PRIVATE_HOSTS = '' }: NodeJS.ProcessEnv): boolean {
  if (ALLOW_PRIVATE_HOSTS === 'true') return true;
  if (ALLOW_PRIVATE_HOSTS === '' || ALLOW_PRIVATE_HOSTS === 'false') return false;
  throw new HostError(
    `ALLOW_PRIVATE_HOSTS is ${JSON.stringify(ALLOW_PRIVATE_HOSTS.slice(0, 100))}. It must be true, or empty.`,
    78,
  );
}

/**
 * Does what was typed.
 *
 * @returns the exit code
 * @throws {HostError} in words
 */
export async function execute({ args, env, folder, stdout, stderr, stop }: ProcessParts): Promise<number> {
  const line = parseCommandLine(args);
  const out = createTerminal(stdout, env);
  if (line.isVersion) {
    out.line(manifest.version);
    return 0;
  }
  if (line.isHelp || !line.command) {
    for (const text of helpText(line.command).split('\n')) out.line(text);
    return line.isHelp ? 0 : 78;
  }
  const { given, host } = readOptions({ flags: line.flags, env, folder });
  const err = createTerminal(stderr, env);
  for (const warning of exposureWarnings({ flags: line.flags, folder })) err.line(`Warning: ${warning}`);
  checkGivenSecret(given);
  const setup = parseHostOptions(host);
  const publicOnly = mayConnectAnywhere(env) ? undefined : connectToPublicOnly();
  const print = (json: string) => {
    stdout.write(`${escapeControls(json)}\n`);
  };
  const common = { setup, given, clock: systemClock, stop };
  switch (line.command) {
    case 'start':
      return start({
        ...common,
        maySandbox: !line.switches.has('no-sandbox'),
        terminal: out,
        onSandbox: (origins) => publicOnly?.except(origins),
      });
    case 'run':
      return run({
        ...common,
        isDrain: line.switches.has('drain'),
        terminal: err,
        stream: stderr,
        print,
      });
    case 'status':
      return status({ dataDir: setup.dataDir, terminal: out, clock: systemClock });
    case 'replay': {
      if (!line.from) throw new HostError('--from is missing: the id of the log to replay from.', 78);
      return replay({
        settings: await knownSettings(setup.dataDir, given),
        from: line.from,
        to: line.to || undefined,
        maxMinutes: line.maxMinutes,
        isDryRun: line.switches.has('dry-run'),
        terminal: err,
        print,
        clock: systemClock,
        stop,
      });
    }
  }
}
