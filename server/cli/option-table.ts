import { HostError } from '../errors';
import type { CommandName } from './command-help';
import { type HostOptionName, hostOptionDefaults } from './host-options';
import { settingNames } from './options';

export const tenantActions = [
  'list',
  'add',
  'set',
  'enable',
  'disable',
  'remove',
  'token',
  'release',
  'rekey',
] as const;
export const databaseActions = ['copy', 'migrate'] as const;

/** A command, with the word or the option that changes which options it has. */
export type Action =
  | Exclude<CommandName, 'tenants' | 'database'>
  | 'setup --undo'
  | `tenants ${(typeof tenantActions)[number]}`
  | `database ${(typeof databaseActions)[number]}`;

interface CommandOption {
  type: 'string' | 'boolean';
  actions: readonly Action[];
}

const EXPORTS: readonly Action[] = ['start', 'run', 'replay', 'check', 'preview'];
const TENANTS = tenantActions.map((one): Action => `tenants ${one}`);
const SETUP: readonly Action[] = ['setup', 'setup --undo'];
const TENANT_INPUT: readonly Action[] = ['tenants add', 'tenants set', 'setup'];
const TENANT_FOLDER: readonly Action[] = [...EXPORTS, ...TENANTS, 'setup', 'setup --undo'];
const ENCRYPTED: readonly Action[] = [...TENANT_FOLDER, 'database copy'];
const DATABASE: readonly Action[] = [...ENCRYPTED, 'status', 'database migrate'];

/** Every command, with its words and the options that change which options it has. */
export const actions: readonly Action[] = [
  ...EXPORTS,
  'status',
  ...SETUP,
  ...TENANTS,
  ...databaseActions.map((one): Action => `database ${one}`),
];

const hostOptionActions: Readonly<Record<HostOptionName, readonly Action[]>> = {
  DATA_DIR: [...ENCRYPTED, 'status'],
  DATABASE_URL: DATABASE,
  DATABASE_URL_FILE: DATABASE,
  TENANTS_FILE: TENANT_FOLDER,
  ENCRYPTION_KEY: ENCRYPTED,
  ENCRYPTION_KEY_FILE: ENCRYPTED,
  HISTORY_DAYS: EXPORTS,
  MAX_CONCURRENT_RUNS: EXPORTS,
  SCHEDULE: ['start', ...TENANT_INPUT],
  SCHEDULE_TIMEZONE: ['start'],
  PORT: ['start'],
  ADDRESS: ['start'],
  DASHBOARD_PASSWORD: ['start'],
  DASHBOARD_URL: ['start'],
  OPERATIONS_HOSTS: ['start'],
  TRUST_PROXY: ['start'],
  METRICS_TOKEN: ['start'],
  SESSION_IDLE_MINUTES: ['start'],
  TRIGGER_PORT: ['start'],
  TRIGGER_ADDRESS: ['start'],
  TRIGGER_INTERVAL_SECONDS: ['start'],
  SHOW_LAST_EVENTS: ['start'],
};

function settingActions(name: string): readonly Action[] {
  if (name === 'MAX_RUN_SECONDS') return EXPORTS;
  return [...EXPORTS, ...TENANT_INPUT, ...(name === 'AUTH0_DOMAIN' ? SETUP : [])];
}

/** Names of the settings that are options, too. */
export const optionSettings: readonly string[] = [...settingNames, ...Object.keys(hostOptionDefaults)];

/** Returns a setting's name as an option, such as `batch-size`. */
export const kebab = (name: string) => name.toLowerCase().replaceAll('_', '-');

const settingOptions = Object.fromEntries(
  [
    ...settingNames.map((name) => [name, settingActions(name)] as const),
    ...Object.entries(hostOptionActions),
  ].flatMap(([name, actions]) => {
    const option: CommandOption = { type: 'string', actions };
    return [[name, option] as const, [kebab(name), option] as const];
  }),
);

/** Every option but --help and --version, with the commands that have it. */
export const optionTable: Readonly<Record<string, CommandOption>> = {
  ...settingOptions,
  sandbox: { type: 'boolean', actions: ['start'] },
  'no-sandbox': { type: 'boolean', actions: ['start'] },
  role: { type: 'string', actions: ['start'] },
  all: { type: 'boolean', actions: ['run'] },
  drain: { type: 'boolean', actions: ['run'] },
  from: { type: 'string', actions: ['replay'] },
  to: { type: 'string', actions: ['replay', 'database copy'] },
  'max-minutes': { type: 'string', actions: ['replay'] },
  'dry-run': { type: 'boolean', actions: ['replay'] },
  last: { type: 'string', actions: ['preview'] },
  slack: { type: 'boolean', actions: ['check'] },
  json: {
    type: 'boolean',
    actions: ['status', 'check', 'preview', 'setup', 'setup --undo', ...TENANTS],
  },
  'time-zone': { type: 'string', actions: TENANT_INPUT },
  domain: { type: 'string', actions: SETUP },
  push: { type: 'string', actions: ['setup'] },
  'admin-client-id': { type: 'string', actions: ['setup', 'setup --undo'] },
  print: { type: 'string', actions: ['setup'] },
  undo: { type: 'boolean', actions: ['setup --undo'] },
  'keep-state': { type: 'boolean', actions: ['setup --undo', 'tenants remove'] },
};

/** Returns the action that was typed; `undefined` if there is no such command. */
function findAction(
  command: CommandName,
  operands: readonly string[],
  isTyped: (option: string) => boolean,
): Action | undefined {
  const [word] = operands;
  const typed = {
    setup: isTyped('undo') ? 'setup --undo' : 'setup',
    tenants: `tenants ${word}`,
    database: `database ${word}`,
  };
  const name =
    command === 'setup' || command === 'tenants' || command === 'database' ? typed[command] : command;
  return actions.find((one) => one === name);
}

/** Returns the names of actions, such as `commands status, tenants and setup`; a command whose actions are all there once. */
function listActions(names: readonly Action[]): string {
  const short = names.map((name) => {
    const [command = ''] = name.split(' ');
    const ofCommand = actions.filter((one) => one.split(' ')[0] === command);
    return ofCommand.every((one) => names.includes(one)) ? command : name;
  });
  const distinct = [...new Set(short)];
  const last = distinct.pop() ?? '';
  return distinct.length === 0 ? `command ${last}` : `commands ${distinct.join(', ')} and ${last}`;
}

/**
 * Checks that a command has every option that was typed.
 *
 * @param operands words after the command
 * @param options as they were typed, without dashes
 * @throws {HostError} naming the option and the commands that have it
 */
export function checkOptions(
  command: CommandName,
  operands: readonly string[],
  options: readonly string[],
): void {
  const action = findAction(command, operands, (option) => options.includes(option));
  // The command itself reports a word that it doesn't have.
  if (action === undefined) return;
  const wrong = options.find((name) => optionTable[name]?.actions.includes(action) === false);
  if (wrong === undefined) return;
  throw new HostError(
    `${action} has no option --${wrong}. It belongs to the ${listActions(optionTable[wrong]?.actions ?? [])}. See ${command} --help.`,
    78,
  );
}
