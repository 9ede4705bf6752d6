import { escapeControls, withoutControls } from '../../src/redactor';
import type { Clock } from '../../src/time';
import { describeFault, HostError } from '../errors';
import { manifest } from '../manifest';
import type { Role } from '../runs/workers';
import type { Outgoing } from '../web/outgoing';
import { helpText, typedCommand } from './command-help';
import { type CommandLine, parseCommandLine } from './command-line';
import { exposureWarnings } from './config-file';
import { assertNodeForDatabase, type HostSetup, parseHostOptions } from './host-options';
import { readOptions } from './options';
import { readProxySettings } from './proxy-settings';
import type { SecretSource } from './secret-input';
import { checkOverrides } from './settings';
import { divideFlags } from './tenant-input';
import { createTerminal, type Terminal, type TerminalStream } from './terminal';

/** Standard output or standard error. */
export type OutputStream = NodeJS.WritableStream & TerminalStream;

/** The part of a process that a command needs. */
export interface CommandProcess {
  /** Path of the file that runs. */
  script: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  folder: string;
  stdin: SecretSource['stdin'];
  stdout: OutputStream;
  stderr: OutputStream;
  /** Fires when the process is asked to stop. */
  stop: AbortSignal;
  /** Called by a long-running command: output that can't be written no longer ends the process. */
  surviveLostOutput: () => void;
  clock: Clock;
  /** Version of Node.js, such as `22.12.0`. */
  nodeVersion: string;
}

/**
 * Reads ALLOW_PRIVATE_HOSTS. Neither a file that others can write nor the Dashboard can set it.
 *
 * @throws {HostError} if it is neither true nor false
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
 * Sets up how `fetch` connects in this process.
 *
 * @returns `undefined` if Node's own `fetch` does
 * @throws {HostError} for a wrong ALLOW_PRIVATE_HOSTS or proxy
 */
async function openOutgoing(env: NodeJS.ProcessEnv): Promise<Outgoing | undefined> {
  const isPublicOnly = !mayConnectAnywhere(env);
  const proxies = readProxySettings(env);
  if (!isPublicOnly && !proxies) return undefined;
  const { configureOutgoing } = await import('../web/outgoing');
  return configureOutgoing({ isPublicOnly, proxies });
}

/**
 * Returns the part that `start` plays among the processes on one database.
 *
 * @throws {HostError} if a role is set without DATABASE_URL
 */
function chooseRole(typed: Role | undefined, { database }: HostSetup): Role {
  if (database || typed === undefined) return typed ?? 'all';
  throw new HostError(
    '--role is for several processes on one PostgreSQL, and DATABASE_URL is not given. Give it, or leave --role out.',
    78,
  );
}

/**
 * Runs the command that was typed.
 *
 * @returns the exit code
 * @throws {HostError} if it can't be run
 */
async function execute(process: CommandProcess): Promise<number> {
  const { args, script, env, folder, stdout, stderr, nodeVersion } = process;
  const line = parseCommandLine(args);
  const { command } = line;
  const out = createTerminal(stdout, env);
  if (line.isVersion) {
    out.line(manifest.version);
    return 0;
  }
  if (line.isHelp || !command) {
    out.text(helpText(typedCommand(script, folder), command));
    return line.isHelp ? 0 : 78;
  }
  // Before anything is written, such as a warning.
  if (command === 'start') process.surviveLostOutput();
  const isAboutTenants = line.command === 'tenants' || line.command === 'setup';
  const typed = divideFlags(line.flags);
  const flags = isAboutTenants ? typed.host : line.flags;
  const { overrides, host } = readOptions({ flags, env, folder });
  const err = createTerminal(stderr, env);
  for (const warning of exposureWarnings({ flags, folder })) err.line(`Warning: ${warning}`);
  if (!isAboutTenants) checkOverrides(overrides);
  const setup = parseHostOptions(host, env);
  for (const warning of setup.warnings) err.line(`Warning: ${warning}`);
  // `database` copies and migrates without pg-boss.
  const needsQueue = line.command !== 'database' && !line.switches.has('sandbox');
  if (setup.database && needsQueue) assertNodeForDatabase(nodeVersion);
  const outgoing = await openOutgoing(env);
  try {
    return await dispatch({
      ...process,
      line: { ...line, command },
      typed,
      overrides,
      setup,
      out,
      err,
      outgoing,
    });
  } finally {
    await outgoing?.restore();
  }
}

interface ParsedCommand extends CommandProcess {
  line: CommandLine & { command: NonNullable<CommandLine['command']> };
  typed: ReturnType<typeof divideFlags>;
  overrides: Readonly<Record<string, string>>;
  setup: HostSetup;
  out: Terminal;
  err: Terminal;
  outgoing: Outgoing | undefined;
}

/** Loads the command and runs it: an error in the arguments is reported before anything is loaded. */
async function dispatch(parsed: ParsedCommand): Promise<number> {
  const { line, typed, overrides, setup, out, err, outgoing } = parsed;
  const { script, env, folder, stdin, stdout, stderr, stop, clock, nodeVersion } = parsed;
  const print = (json: string) => {
    stdout.write(`${escapeControls(json)}\n`);
  };
  const common = { setup, overrides, env, clock, stop };
  switch (line.command) {
    case 'start': {
      const { start } = await import('./start');
      return start({
        ...common,
        sandboxUse: line.switches.has('sandbox')
          ? 'always'
          : line.switches.has('no-sandbox')
            ? 'never'
            : 'auto',
        role: chooseRole(line.role, setup),
        terminal: out,
        command: typedCommand(script, folder),
        onSandbox: (origins) => outgoing?.except(origins),
      });
    }
    case 'run': {
      const { run } = await import('./run');
      return run({
        ...common,
        name: line.name,
        isAll: line.switches.has('all'),
        isDrain: line.switches.has('drain'),
        terminal: err,
        stream: stderr,
        // A terminal that shows both outputs has the summary already.
        print: stdout.isTTY && stderr.isTTY ? () => {} : print,
      });
    }
    case 'status': {
      const { status } = await import('./status');
      return status({
        setup,
        name: line.name,
        isJson: line.switches.has('json'),
        terminal: out,
        print,
        clock,
      });
    }
    case 'replay': {
      if (!line.from) throw new HostError('--from is missing: the id of the log to replay from.', 78);
      const { replay } = await import('./replay');
      return replay({
        ...common,
        name: line.name,
        from: line.from,
        to: line.to || undefined,
        maxMinutes: line.maxMinutes,
        isDryRun: line.switches.has('dry-run'),
        terminal: err,
        print,
      });
    }
    case 'setup': {
      const { setUpTenant } = await import('./setup');
      return setUpTenant({
        ...common,
        ...line.forSetup,
        command: typedCommand(script, folder),
        name: line.name,
        typed: typed.tenant,
        timeZone: line.timeZone,
        isUndo: line.switches.has('undo'),
        keepState: line.switches.has('keep-state'),
        isJson: line.switches.has('json'),
        stdin,
        prompt: stderr,
        terminal: out,
        warn: (sentence) => err.line(`Warning: ${sentence}`),
        printJson: print,
      });
    }
    case 'check': {
      const { check } = await import('./check');
      return check({
        ...common,
        name: line.name,
        slackMessage: line.switches.has('slack'),
        isJson: line.switches.has('json'),
        terminal: out,
        warn: (sentence) => err.line(`Warning: ${sentence}`),
        print,
      });
    }
    case 'preview': {
      const { preview } = await import('./preview');
      return preview({
        ...common,
        name: line.name,
        last: line.last,
        isJson: line.switches.has('json'),
        terminal: out,
        warn: err.line,
        print,
      });
    }
    case 'tenants': {
      const { manageTenants } = await import('./tenants');
      return manageTenants({
        ...common,
        operands: line.operands,
        typed: typed.tenant,
        timeZone: line.timeZone,
        keepState: line.switches.has('keep-state'),
        isJson: line.switches.has('json'),
        stdin,
        prompt: stderr,
        terminal: out,
        warn: (sentence) => err.line(`Warning: ${sentence}`),
        print,
      });
    }
    case 'database': {
      const { manageDatabase } = await import('./database');
      return manageDatabase({
        ...common,
        nodeVersion,
        command: typedCommand(script, folder),
        operands: line.operands,
        to: line.to,
        terminal: out,
        warn: (sentence) => err.line(`Warning: ${sentence}`),
      });
    }
  }
}

/**
 * Runs the command that the arguments name. An error is written to `stderr`.
 *
 * @returns the exit code
 */
export async function runCommand(process: CommandProcess): Promise<number> {
  try {
    return await execute(process);
  } catch (error) {
    const isExpected = error instanceof HostError;
    const text = withoutControls(isExpected ? error.message : describeFault(error));
    const terminal = createTerminal(process.stderr, process.env);
    for (const line of text.split('\n')) terminal.line(line);
    return isExpected ? error.exitCode : 1;
  }
}
