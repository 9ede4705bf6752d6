import { join, resolve } from 'node:path';
import { count, number } from '../../src/run-words';
import type { Clock } from '../../src/time';
import { type CopyResult, copyDatabase, migrateDatabase } from '../database/copy';
import { HostError } from '../errors';
import { manifest } from '../manifest';
import { didYouMean } from './command-line';
import { type HostSetup, isNodeForDatabase } from './host-options';
import { databaseActions } from './option-table';
import type { Terminal } from './terminal';

/** Names that are told; of more, their number. */
const MOST_NAMES = 20;

/** What `database` is given. */
interface DatabaseOptions {
  setup: HostSetup;
  /** What the shell knows this program by, such as `node build/out/cli.mjs`. */
  command: string;
  /** What stands behind `database`. */
  operands: readonly string[];
  /** What was typed as `--to`; empty where it was not. */
  to: string;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  stop: AbortSignal;
  /** Version of Node.js, such as `22.12.0`. */
  nodeVersion: string;
  terminal: Terminal;
  /** Takes a warning, as a sentence. */
  warn: (sentence: string) => void;
}

/** Reads what is to be done. */
function readAction(operands: readonly string[]): (typeof databaseActions)[number] {
  const [word = '', extra] = operands;
  const action = databaseActions.find((one) => one === word);
  if (!action) {
    throw new HostError(
      `${word === '' ? 'What to do with the database is missing.' : `There is no command database ${JSON.stringify(word.slice(0, 60))}.`}${didYouMean(word, databaseActions, 'database ')} Write one of: ${databaseActions.map((one) => `database ${one}`).join(', ')}.`,
      78,
    );
  }
  if (extra !== undefined) {
    throw new HostError(`${JSON.stringify(extra.slice(0, 60))} is not understood. See database --help.`, 78);
  }
  return action;
}

/** Where the processes on the new database find the key that the stored secrets are sealed with. */
function describeKey({ encryption, dataDir }: HostSetup): { setting: string; sentence: string } {
  if (encryption.key !== '') {
    return { setting: 'ENCRYPTION_KEY=…', sentence: 'ENCRYPTION_KEY must be the same there.' };
  }
  const path = resolve(encryption.keyFile || join(dataDir, 'encryption.key'));
  return {
    setting: `ENCRYPTION_KEY_FILE=${path}`,
    sentence: `Each process there needs the key of this file: name a copy of it in ENCRYPTION_KEY_FILE, or put what stands in it into ENCRYPTION_KEY.`,
  };
}

/** Prints what was copied, and what to do next. */
function printCopy({ terminal, setup, warn, command }: DatabaseOptions, result: CopyResult): void {
  const { from, to, added, refreshed, leftAlone, runs } = result;
  const key = describeKey(setup);
  terminal.heading(`Copied ${from} to ${to}`);
  terminal.table([
    ['Tenants', `${count(added, 'new one')}, ${number(refreshed)} brought up to date`],
    ['History', count(runs, 'new record')],
    ['Secrets', `copied as they are, encrypted. ${key.sentence}`],
  ]);
  if (leftAlone.length > 0) {
    const more = leftAlone.length - MOST_NAMES;
    warn(
      `${leftAlone.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}: left alone, because there they have run or been changed since they were copied. To take over what is in ${from} instead, remove them there with the command tenants remove NAME, and copy again.`,
    );
  }
  terminal.line();
  terminal.line(
    `Nothing was changed in ${from}: a host that is started there exports as before, besides the new ones. Leave it stopped, and start with:`,
  );
  terminal.line();
  terminal.verbatim(`  DATABASE_URL=… ${key.setting} ${command} start --no-sandbox`);
}

/**
 * Copies a folder's SQLite to PostgreSQL, or brings the schema there to this version.
 *
 * @returns the exit code
 * @throws {HostError} where that cannot be done: cause and remedy
 */
export async function manageDatabase(options: DatabaseOptions): Promise<number> {
  const { operands, setup, to, terminal, warn, clock, stop, env, nodeVersion } = options;
  const action = readAction(operands);
  const url = to || setup.database?.url;
  if (!url) {
    throw new HostError(
      `DATABASE_URL is missing: the PostgreSQL ${action === 'copy' ? 'to copy to' : 'whose schema is to be made'}, such as postgres://exporter:PASSWORD@db.example.com/exporter.`,
      78,
    );
  }
  const rootCertificate = env.PGSSLROOTCERT || undefined;
  if (action === 'migrate') {
    const hasQueue = isNodeForDatabase(nodeVersion);
    const name = await migrateDatabase({ url, rootCertificate, clock, hasQueue, onTrouble: warn });
    terminal.line(
      hasQueue
        ? `The database ${name} has the tables of version ${manifest.version}.`
        : `The database ${name} has the tables of version ${manifest.version}, but for those of the queue, which the first process makes that starts: this Node, ${nodeVersion}, is too old for them.`,
    );
    return 0;
  }
  if (/:\/\/[^/@]*:[^/@]+@/.test(to)) {
    warn(
      '--to has a password, which other users can read in the list of processes. Give it as DATABASE_URL.',
    );
  }
  printCopy(options, await copyDatabase({ folder: setup.dataDir, url, rootCertificate, clock, stop }));
  return 0;
}
