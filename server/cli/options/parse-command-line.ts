import { parseArgs } from 'node:util';
import { HostError } from '../../host/host-error';
import { type CommandName, commands } from '../help/commands';
import { hostOptionDefaults } from './host-option-defaults';
import { settingNames } from './setting-names';

/** What somebody typed. */
export interface CommandLine {
  /** `undefined` where no command was named. */
  command: CommandName | undefined;
  isHelp: boolean;
  isVersion: boolean;
  /** Options that belong to one command alone, such as `drain`. */
  switches: ReadonlySet<string>;
  from: string;
  to: string;
  /** Minutes that `replay` goes on without progress. */
  maxMinutes: number;
  /** Settings by their names. */
  flags: Record<string, string>;
}

const SWITCHES: Readonly<Record<string, CommandName>> = {
  'no-sandbox': 'start',
  drain: 'run',
  'dry-run': 'replay',
};

/** Of `replay`, where nothing else is said. */
const MAX_MINUTES = 5;
const LONGEST_MINUTES = 1_440;

const names = [...settingNames, ...Object.keys(hostOptionDefaults)];
const kebab = (name: string) => name.toLowerCase().replaceAll('_', '-');

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...Object.fromEntries(names.flatMap((name) => [[name, text] as const, [kebab(name), text] as const])),
        ...Object.fromEntries(Object.keys(SWITCHES).map((name) => [name, flag])),
        help: { ...flag, short: 'h' },
        version: { ...flag, short: 'v' },
        from: text,
        to: text,
        'max-minutes': text,
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new HostError(`${reason}. --help lists the options.`, 78, error);
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
  const { positionals } = parsed;
  const [command, ...more] = positionals;
  const isCommand = (name: string): name is CommandName => Object.hasOwn(commands, name);
  if (command !== undefined && !isCommand(command)) {
    throw new HostError(
      `There is no command ${JSON.stringify(command)}. The commands are ${Object.keys(commands).join(', ')}.`,
      78,
    );
  }
  if (more.length > 0) throw new HostError(`${JSON.stringify(more[0])} is not understood. See --help.`, 78);
  const switches = new Set(Object.keys(SWITCHES).filter((name) => values[name] === true));
  for (const name of switches) {
    if (SWITCHES[name] !== command) {
      throw new HostError(`--${name} belongs to the command ${SWITCHES[name]}. See --help.`, 78);
    }
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
  return {
    command,
    isHelp: values.help === true,
    isVersion: values.version === true,
    switches,
    from: textOf('from'),
    to: textOf('to'),
    maxMinutes: Number(minutes) || MAX_MINUTES,
    flags: Object.fromEntries(names.map((name) => [name, textOf(name) || textOf(kebab(name))])),
  };
}
