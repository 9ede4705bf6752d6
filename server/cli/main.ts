import { escapeControls, withoutControls } from '../../src/redactor';
import { systemClock } from '../../src/time';
import { describeFault, HostError } from '../errors';
import { manifest } from '../manifest';
import type { Role } from '../runs/workers';
import { helpText, typedCommand } from './command-help';
import { parseCommandLine } from './command-line';
import { exposureWarnings } from './config-file';
import { assertNodeForDatabase, type HostSetup, parseHostOptions } from './host-options';
import { readOptions } from './options';
import { checkOverrides } from './settings';
import { divideFlags } from './tenant-input';
import { createTerminal } from './terminal';

/** The part of a process that a command needs. */
interface ProcessDependencies {
  /** Path of the file that runs. */
  script: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  folder: string;
  stdin: NodeJS.ReadStream;
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
 * What `start` does for other processes on the same database.
 *
 * @throws {HostError} where there is no database that others could be on
 */
function chooseRole(typed: Role | undefined, { database }: HostSetup): Role {
  if (database || typed === undefined) return typed ?? 'all';
  throw new HostError(
    '--role is for several processes on one PostgreSQL, and DATABASE_URL is not given. Give it, or leave --role out.',
    78,
  );
}

/**
 * Does what was typed.
 *
 * @returns the exit code
 * @throws {HostError} in words
 */
async function execute(dependencies: ProcessDependencies): Promise<number> {
  const { args, script, env, folder, stdin, stdout, stderr, stop } = dependencies;
  const line = parseCommandLine(args);
  const out = createTerminal(stdout, env);
  if (line.isVersion) {
    out.line(manifest.version);
    return 0;
  }
  if (line.isHelp || !line.command) {
    out.text(helpText(typedCommand(script, folder), line.command));
    return line.isHelp ? 0 : 78;
  }
  const isAboutTenants = line.command === 'tenants' || line.command === 'setup';
  const typed = divideFlags(line.flags);
  const flags = isAboutTenants ? typed.host : line.flags;
  const { overrides, host } = readOptions({ flags, env, folder });
  const err = createTerminal(stderr, env);
  for (const warning of exposureWarnings({ flags, folder })) err.line(`Warning: ${warning}`);
  if (!isAboutTenants) checkOverrides(overrides);
  const setup = parseHostOptions(host, env);
  // What hands runs out among machines is not needed to move there.
  if (setup.database && line.command !== 'database') assertNodeForDatabase(process.versions.node);
  const publicOnly = mayConnectAnywhere(env)
    ? undefined
    : (await import('../web/public-addresses')).connectToPublicOnly();
  const print = (json: string) => {
    stdout.write(`${escapeControls(json)}\n`);
  };
  const common = { setup, overrides, env, clock: systemClock, stop };
  // Each is loaded when it is asked for: what is wrong with what was typed is said at once.
  switch (line.command) {
    case 'start': {
      const { start } = await import('./start');
      return start({
        ...common,
        maySandbox: !line.switches.has('no-sandbox'),
        role: chooseRole(line.role, setup),
        terminal: out,
        command: typedCommand(script, folder),
        onSandbox: (origins) => publicOnly?.except(origins),
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
        // Whoever sees both is a person, who has been told on stderr.
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
        clock: systemClock,
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
        command: typedCommand(script, folder),
        operands: line.operands,
        to: line.to,
        terminal: out,
        warn: (sentence) => err.line(`Warning: ${sentence}`),
      });
    }
  }
}

/** A process that is asked to stop has done so by itself before; it ends after this, whatever holds it. */
const STOPS_WITHIN_MS = 9_500;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Asked twice, it does not wait.
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
    setTimeout(() => process.exit(process.exitCode ?? 1), STOPS_WITHIN_MS).unref();
  });
}

// Whoever reads the output may have seen enough, as head does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

execute({
  script: process.argv[1] ?? '',
  args: process.argv.slice(2),
  env: process.env,
  folder: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  stop: stop.signal,
}).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const isExpected = error instanceof HostError;
    const text = withoutControls(isExpected ? error.message : describeFault(error));
    const terminal = createTerminal(process.stderr, process.env);
    for (const line of text.split('\n')) terminal.line(line);
    process.exitCode = isExpected ? error.exitCode : 1;
  },
);
