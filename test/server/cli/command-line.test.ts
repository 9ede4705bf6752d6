import { expect, test } from 'vitest';
import { describeChanges } from '../../../server/cli/announce-tenants';
import { type CommandName, commands, helpText } from '../../../server/cli/command-help';
import { parseCommandLine } from '../../../server/cli/command-line';
import { dayAndTime } from '../../../server/cli/describe-run';
import { actions, optionTable } from '../../../server/cli/option-table';
import { showRetries } from '../../../server/cli/show-retries';
import { createLiveLog } from '../../../server/runs/live-log';

test('parseCommandLine accepts help, help COMMAND and version as commands', () => {
  expect(parseCommandLine(['help'])).toMatchObject({ isHelp: true, command: undefined });
  expect(parseCommandLine(['help', 'run'])).toMatchObject({ isHelp: true, command: 'run' });
  expect(parseCommandLine(['version'])).toMatchObject({ isVersion: true, command: undefined });
});

test('a mistyped word gets a suggestion, one that is like none gets none', () => {
  expect(() => parseCommandLine(['strat'])).toThrow('Did you mean start?');
  expect(() => parseCommandLine(['stauts'])).toThrow('Did you mean status?');
  expect(() => parseCommandLine(['start', '--no-sandbx'])).toThrow('Did you mean --no-sandbox?');
  expect(() => parseCommandLine(['xyzzy'])).toThrow(/"xyzzy"\. The commands are/);
});

/** Values that are read before it is known whether the command has the option. */
const VALUES: Readonly<Record<string, string>> = { role: 'web', 'max-minutes': '5', last: '5' };

test.each(actions)(
  '%s refuses every option that it does not have, and names the command that has it',
  (action) => {
    for (const [name, { type, actions: owners }] of Object.entries(optionTable)) {
      const words = action.split(' ');
      // It makes another action of the command.
      if (name === 'undo' && action === 'setup') continue;
      const read = () =>
        parseCommandLine([...words, type === 'string' ? `--${name}=${VALUES[name] ?? 'x'}` : `--${name}`]);
      if (owners.includes(action)) expect(read, name).not.toThrow();
      else expect(read, name).toThrow(`${action} has no option --${name}. It belongs to the command`);
    }
  },
);

test.each(Object.keys(commands) as CommandName[])(
  'the help of %s names only options that it has',
  (command) => {
    const help = helpText('cli', command);
    const named = new Set([...help.matchAll(/--([a-z][a-z0-9-]*)/g)].map(([, name = '']) => name));
    named.delete('help');
    for (const name of named) {
      const owners = optionTable[name]?.actions.map((action) => action.split(' ')[0]) ?? [];
      expect(owners, `--${name}`).toContain(command);
    }
  },
);

test('a next run on another day is told with day and year', () => {
  const now = Date.parse('2026-11-25T08:00:00Z');
  expect(dayAndTime(Date.parse('2026-11-25T09:00:00Z'), now, 'UTC')).toBe('09:00:00');
  expect(dayAndTime(Date.parse('2027-01-01T00:00:00Z'), now, 'UTC')).toBe('00:00:00 on 1 Jan 2027');
});

test('tenants that were added, changed, switched or removed have a sentence each, others none', () => {
  const tenant = (name: string, version = 1, isActive = true) => ({ id: name, name, version, isActive });
  expect(
    describeChanges(
      [tenant('same'), tenant('changed'), tenant('off'), tenant('gone')],
      [tenant('same'), tenant('changed', 2), tenant('off', 2, false), tenant('new')],
    ),
  ).toEqual([
    'Tenant changed was changed; its next run works with it.',
    'Tenant off was switched off.',
    'Tenant new was added.',
    'Tenant gone was removed.',
  ]);
});

test('of what runs log, the terminal tells what is tried again', () => {
  const live = createLiveLog(() => 0);
  const told: string[][] = [];
  const end = showRetries(live, (...one) => told.push(one));
  const line = (text: string) => live.add({ kind: 'line', tenant: 'acme', run: 'r', text });
  line(JSON.stringify({ level: 'info', msg: 'run started' }));
  line(JSON.stringify({ level: 'info', retry: true, msg: 'Auth0 returned 503; trying again.' }));
  line('no JSON');
  end();
  line(JSON.stringify({ retry: true, msg: 'late' }));
  expect(told).toEqual([['acme', 'Auth0 returned 503; trying again.']]);
});
