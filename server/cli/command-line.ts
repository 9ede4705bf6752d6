import { parseArgs } from 'node:util';
import { closest, distance } from 'fastest-levenshtein';
import { HostError } from '../errors';
import { type Role, roles } from '../runs/workers';
import { type CommandName, commands, MOST_PREVIEWED_LOGS } from './command-help';
import { checkOptions, kebab, optionSettings, optionTable } from './option-table';

/** What somebody typed. */
export interface CommandLine {
  /** `undefined` where no command was named. */
  command: CommandName | undefined;
  /** Of the tenant; empty where none was named. */
  name: string;
  isHelp: boolean;
  isVersion: boolean;
  /** Options that belong to one command alone, such as `drain`. */
  switches: ReadonlySet<string>;
  from: string;
  to: string;
  /** Minutes that `replay` continues without progress. */
  maxMinutes: number;
  /** Logs that `preview` looks at; `undefined`: those from the checkpoint on. */
  last: number | undefined;
  /** Settings by their names, in the order in which they were typed; one that was typed empty is empty. */
  flags: Record<string, string>;
  /** What stands behind `tenants` and `database`. */
  operands: readonly string[];
  /** What belongs to `setup` alone; each empty where it was not typed. */
  forSetup: { domain: string; push: string; adminClientId: string; print: string };
  /** IANA name of a tenant's schedule; `undefined` where it was not typed. */
  timeZone: string | undefined;
  /** What `start` does for other processes on the same database; `undefined` where it was not typed. */
  role: Role | undefined;
}

/** Commands that have commands of their own. */
const GROUPS: readonly string[] = ['tenants', 'database'];

/** Commands that take the name of a tenant. */
const NAMING: readonly string[] = ['run', 'status', 'replay', 'setup', 'check', 'preview'];

/** A word further away than this was not mistyped. */
const FARTHEST_MISTYPED = 2;

/** Of `replay`, where nothing else is said. */
const MAX_MINUTES = 5;
const LONGEST_MINUTES = 1_440;

/**
 * Such as ` Did you mean run?`; empty where no name is near enough to have been mistyped.
 *
 * @param before what stands before each of the names
 */
export function didYouMean(typed: string, names: readonly string[], before = ''): string {
  // Two letters that changed places count as two mistakes: of names as near, one as long is more likely meant.
  const asLongFirst = names.toSorted(
    (one, other) => Math.abs(one.length - typed.length) - Math.abs(other.length - typed.length),
  );
  const near = closest(typed, asLongFirst);
  const isNear = distance(typed, near) <= Math.min(FARTHEST_MISTYPED, typed.length - 1);
  return isNear ? ` Did you mean ${before}${near}?` : '';
}

/** What to say of an option that there is not; empty where something else is wrong. */
function suggestOption(error: unknown, names: readonly string[]): string {
  const typed = /^Unknown option '--([^']+)'/.exec(error instanceof Error ? error.message : '')?.[1];
  return typed === undefined
    ? ''
    : didYouMean(
        `--${typed}`,
        names.map((name) => `--${name}`),
      );
}

function parse(args: string[]) {
  const flag = { type: 'boolean' } as const;
  const options = {
    ...Object.fromEntries(Object.entries(optionTable).map(([name, { type }]) => [name, { type }])),
    help: { ...flag, short: 'h' },
    version: { ...flag, short: 'v' },
  };
  try {
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    const suggestion = suggestOption(error, Object.keys(options));
    throw new HostError(`${reason}.${suggestion} --help lists the options.`, 78, error);
  }
}

/**
 * Reads what somebody typed.
 *
 * @throws {HostError} naming what is not understood
 */
export function parseCommandLine(args: string[]): CommandLine {
  const parsed = parse(args);
  const values: Readonly<Record<string, string | boolean | undefined>> = parsed.values;
  const isHelp = values.help === true || parsed.positionals[0] === 'help';
  const isVersion = values.version === true || parsed.positionals[0] === 'version';
  const isWord = ['help', 'version'].includes(parsed.positionals[0] ?? '');
  const [command, ...operands] = isWord ? parsed.positionals.slice(1) : parsed.positionals;
  const isCommand = (name: string): name is CommandName => Object.hasOwn(commands, name);
  if (command !== undefined && !isCommand(command)) {
    throw new HostError(
      `There is no command ${JSON.stringify(command)}.${didYouMean(command, [...Object.keys(commands), 'help', 'version'])} The commands are ${Object.keys(commands).join(', ')}, help and version.`,
      78,
    );
  }
  const [name = '', ...more] = NAMING.includes(command ?? '') ? operands : ['', ...operands];
  if (more[0] !== undefined && !GROUPS.includes(command ?? ''))
    throw new HostError(`${JSON.stringify(more[0])} is not understood. See --help.`, 78);
  const typed = Object.keys(values).filter((one) => one in optionTable);
  if (command !== undefined) checkOptions(command, operands, typed);
  const switches = new Set(typed.filter((one) => values[one] === true));
  const role = roles.find((one) => one === values.role);
  if (values.role !== undefined && !role) {
    throw new HostError(
      `--role is ${JSON.stringify(String(values.role).slice(0, 60))}. It must be ${roles.slice(0, -1).join(', ')} or ${roles.at(-1)}.`,
      78,
    );
  }
  if (switches.has('sandbox') && switches.has('no-sandbox')) {
    throw new HostError('--sandbox and --no-sandbox contradict each other. Leave one of them out.', 78);
  }
  if (switches.has('sandbox') && role) {
    throw new HostError('--role is for processes on one PostgreSQL, which the sandbox never uses.', 78);
  }
  if (switches.has('all') && (name !== '' || switches.has('drain'))) {
    throw new HostError(`--all runs every tenant once: it goes neither with a name nor with --drain.`, 78);
  }
  const textOf = (name: string) => String(values[name] ?? '');
  const minutes = textOf('max-minutes');
  if (
    minutes !== '' &&
    !(/^\d{1,4}$/.test(minutes) && Number(minutes) >= 1 && Number(minutes) <= LONGEST_MINUTES)
  ) {
    throw new HostError(
      `--max-minutes is ${JSON.stringify(minutes.slice(0, 60))}. It must be a whole number from 1 to ${LONGEST_MINUTES}.`,
      78,
    );
  }
  const last = textOf('last');
  if (last !== '' && !(/^\d{1,3}$/.test(last) && Number(last) >= 1 && Number(last) <= MOST_PREVIEWED_LOGS)) {
    throw new HostError(
      `--last is ${JSON.stringify(last.slice(0, 60))}. It must be a whole number from 1 to ${MOST_PREVIEWED_LOGS}.`,
      78,
    );
  }
  return {
    command,
    name,
    isHelp,
    isVersion,
    switches,
    from: textOf('from'),
    to: textOf('to'),
    maxMinutes: Number(minutes) || MAX_MINUTES,
    last: last === '' ? undefined : Number(last),
    flags: Object.fromEntries(
      Object.keys(values).flatMap((typed) => {
        const name = optionSettings.find((one) => one === typed || kebab(one) === typed);
        return name === undefined ? [] : [[name, textOf(name) || textOf(kebab(name))]];
      }),
    ),
    forSetup: {
      domain: textOf('domain'),
      push: textOf('push'),
      adminClientId: textOf('admin-client-id'),
      print: textOf('print'),
    },
    operands: GROUPS.includes(command ?? '') ? operands : [],
    timeZone: values['time-zone'] === undefined ? undefined : textOf('time-zone'),
    role,
  };
}
