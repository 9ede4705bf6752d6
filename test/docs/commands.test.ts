import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseCommandLine } from '../../server/cli/command-line';
import { runInProcess, startCommand } from '../server/cli/run-in-process';
import type { RunningCommand } from '../server/cli/running-command';
import { temporaryFolder } from '../support/temporary-folder';
import { type DocumentedCommand, readCommands } from './read-commands';
import { runInShell, type StartedProgram } from './run-in-shell';

/** Programs that are not run: they need root, another machine, or minutes. Bash reads their command lines. */
const NOT_RUN = ['bash', 'docker', 'kubectl', 'systemctl', 'sudo', 'oauth2-proxy', 'pg_dump', 'pg_restore'];
/** Programs that start the exporter, which runs in the process of the test. */
const OWN = ['node', 'npm', 'npx', 'auth0-logs-to-segment'];

const SANDBOX =
  /Domain +(\S+)\n +Segment endpoint +(\S+)\n +Segment write key +(\S+)\n +Management API token +(\S+)\n/;

/** A folder in which the commands of documents run, and the sandbox that they use. */
interface Place {
  folder: string;
  /** Set once a command has started it. */
  sandbox: RunningCommand | undefined;
  /** Values that documents show, with those of this sandbox. */
  values: (readonly [shown: string, real: string])[];
  secrets: Record<string, string>;
  /** Output since the last comparison. */
  printed: string;
}

async function openPlace(): Promise<Place> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'deploy'));
  return { folder, sandbox: undefined, values: [], secrets: {}, printed: '' };
}

/** Uses what a sandbox prints in the commands that follow. */
async function useSandbox(place: Place, sandbox: RunningCommand): Promise<void> {
  const [, domain = '', endpoint = '', writeKey = '', token = ''] = await sandbox.prints(SANDBOX);
  place.sandbox = sandbox;
  place.values = [
    ['127.0.0.1:35335', domain],
    ['http://127.0.0.1:43945', endpoint],
    ['acme.eu.auth0.com', domain],
    ['DASHBOARD_PASSWORD=…', 'DASHBOARD_PASSWORD=correct-horse-battery-staple'],
  ];
  place.secrets = {
    AUTH0_MANAGEMENT_TOKEN: token,
    SEGMENT_KEY: writeKey,
    AUTH0_CLIENT_SECRET: 'sandbox-client-secret-M3tz0Qw8',
  };
}

const packageJson = async () =>
  JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    scripts: Record<string, string>;
  };

/** Returns the exporter's arguments in a program that was started; `undefined` if it is another program. */
async function exporterArgs({ program, args }: StartedProgram): Promise<string[] | undefined> {
  if (program === 'auth0-logs-to-segment') return args;
  if (program === 'node') {
    expect(args[0]).toBe('build/out/cli.mjs');
    return args.slice(1);
  }
  if (program !== 'npm' || args[0] === 'ci') return undefined;
  const [name = '', ...rest] = args[0] === 'run' ? args.slice(1) : args;
  const script = (await packageJson()).scripts[name];
  expect(script, `npm ${args.join(' ')}`).toBeDefined();
  const command = / build\/out\/cli\.mjs (\w+)$/.exec(script ?? '')?.[1];
  return command === undefined ? undefined : [command, ...rest.filter((one) => one !== '--')];
}

/** Returns the secrets that a command reads from standard input, a line for each. */
function inputFor(args: readonly string[], output: readonly string[], { secrets }: Place): string {
  const asked = output.flatMap((line) => /(\w+) \(not shown\):/.exec(line)?.[1] ?? []);
  const typed = args.flatMap((one, place) =>
    one === '-' ? (args[place - 1] ?? '').slice(2).toUpperCase().replaceAll('-', '_') : [],
  );
  return [...asked, ...typed].map((name) => `${secrets[name] ?? ''}\n`).join('');
}

/** Returns what a line of output begins with: a label, or its first word, without figures. */
const labelOf = (line: string) =>
  line
    .trim()
    .split(/\s/)[0]
    ?.replace(/\d[\dT:.Z-]*/g, '#') ?? '';

/** Checks that what a command printed has the lines that its document shows. */
function expectLines(actual: string, shown: readonly string[], at: string): void {
  const labels = new Set(actual.split('\n').map(labelOf));
  for (const [index, line] of shown.entries()) {
    // A line that continues the one above breaks elsewhere with other figures.
    const isContinued = /^ {2}[a-z]/.test(line) && (shown[index - 1] ?? '').length > 80;
    if (isContinued || /^ {8}/.test(line) || line.trim() === '' || line.includes('(not shown):')) continue;
    expect(labels, `${at}: ${line}\n${actual}`).toContain(labelOf(line));
  }
}

/** Starts the exporter as a document does. A sandbox runs until the test ends, for the commands that follow. */
async function startExporter(
  args: string[],
  env: Record<string, string>,
  place: Place,
): Promise<number | null> {
  const script = join(place.folder, 'build/out/cli.mjs');
  const running = await startCommand(args, { folder: place.folder, script, env });
  await running.prints(/Ctrl-C stops\./);
  place.printed += running.out();
  if (args.includes('--no-sandbox')) return running.stop();
  await useSandbox(place, running);
  return 0;
}

/** Runs the exporter as a document does, and returns its exit code. */
async function runExporter(
  args: string[],
  { output, at }: DocumentedCommand,
  env: Record<string, string>,
  place: Place,
): Promise<number | null> {
  if (args.includes('--role') || args[0] === 'database') {
    // They need PostgreSQL, which test/postgres has.
    expect(parseCommandLine(args).command, at).toBe(args[0]);
    return 0;
  }
  if (args[0] === 'start') return startExporter(args, env, place);
  const isAsked = (output ?? []).some((line) => line.includes('(not shown):'));
  const { AUTH0_MANAGEMENT_TOKEN = '' } = place.secrets;
  const result = await runInProcess(args, {
    folder: place.folder,
    script: join(place.folder, 'build/out/cli.mjs'),
    env: { ...(isAsked ? {} : { AUTH0_MANAGEMENT_TOKEN }), ...env },
    input: inputFor(args, output ?? [], place),
  });
  place.printed += `${result.out}${result.err}`;
  return result.code;
}

/** Runs a documented command, and everything that it starts. */
async function runDocumented(command: DocumentedCommand, place: Place): Promise<void> {
  const text = place.values.reduce((all, [shown, real]) => all.replaceAll(shown, real), command.text);
  const { code, err, started } = await runInShell(text, place.folder, [...NOT_RUN, ...OWN]);
  await rm(join(place.folder, '.records'), { recursive: true });
  expect([code, command.at, err]).toEqual([0, command.at, '']);
  for (const program of started) {
    const args = await exporterArgs(program);
    if (!args) continue;
    const code = await runExporter(args, command, program.env, place);
    expect([code, command.at, code === command.exitCode ? '' : place.printed]).toEqual([
      command.exitCode,
      command.at,
      '',
    ]);
  }
  if (command.output === undefined) return;
  expectLines(place.printed, command.output, command.at);
  place.printed = '';
}

/** Runs all commands of a document in their order. */
async function runDocument(document: string, place: Place): Promise<void> {
  for (const command of await readCommands(document)) await runDocumented(command, place);
}

/** Finds a command of a document by a part of it. */
async function commandOf(document: string, part: string): Promise<DocumentedCommand> {
  const found = (await readCommands(document)).find(({ text }) => text.includes(part));
  if (!found) throw new Error(`${document} has no command with ${part}.`);
  return found;
}

test.each(['README.md', 'CONTRIBUTING.md'])(
  'every command of %s runs in a clean folder, and prints and exits as it shows',
  async (document) => {
    const place = await openPlace();
    await runDocument(document, place);
    expect(place.sandbox).toBeDefined();
  },
  60_000,
);

test('every command of docs/ runs after those of the README, and prints and exits as it shows', async () => {
  const place = await openPlace();
  await runDocumented(await commandOf('README.md', 'npm start'), place);
  const selfHosting = await readCommands('docs/self-hosting.md');
  for (const command of selfHosting) {
    // Before it, the document installs the tenant in the browser.
    if (command.text.endsWith('tenants list')) {
      await runDocumented(await commandOf('README.md', 'setup -- acme'), place);
    }
    await runDocumented(command, place);
  }
  for (const file of (await readdir(new URL('../../docs/', import.meta.url))).toSorted()) {
    if (file.endsWith('.md') && file !== 'self-hosting.md') await runDocument(`docs/${file}`, place);
  }
}, 60_000);
