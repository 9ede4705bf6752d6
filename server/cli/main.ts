import { parseArgs } from 'node:util';
import { systemClock } from '../../src/time/clock';
import { HostError } from '../host/host-error';
import { start } from './commands/start';
import { hostOptionDefaults } from './options/host-option-defaults';
import { parseHostOptions } from './options/parse-host-options';
import { readOptions } from './options/read-options';
import { settingNames } from './options/setting-names';
import { createTerminal } from './report/create-terminal';

const names = [...settingNames, ...Object.keys(hostOptionDefaults)];
const kebab = (name: string) => name.toLowerCase().replaceAll('_', '-');

async function main(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: Object.fromEntries(names.map((name) => [kebab(name), { type: 'string' as const }])),
  });
  const flags = Object.fromEntries(names.map((name) => [name, String(values[kebab(name)] ?? '')]));
  const { given, host } = readOptions({ flags, env: process.env, folder: process.cwd() });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return start({
    setup: parseHostOptions(host),
    given,
    maySandbox: true,
    terminal: createTerminal(process.stdout, process.env),
    clock: systemClock,
    stop: stop.signal,
  });
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const isExpected = error instanceof HostError;
    console.error(isExpected ? error.message : error);
    process.exitCode = isExpected ? error.exitCode : 1;
  },
);
