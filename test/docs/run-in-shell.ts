import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** A program that a command line started. */
export interface StartedProgram {
  program: string;
  args: string[];
  /** Variables that the command line gave it. */
  env: Record<string, string>;
}

/** Records how it was started, and succeeds. */
const RECORDER = `#!/bin/bash
record=$(mktemp "$RECORDS/$(date +%s%N).XXXXXX")
printf '%s\\0' "\${0##*/}" "$@" > "$record.args"
env -0 > "$record.env"
rm "$record"
`;

const OF_THE_SHELL = ['PATH', 'PWD', 'OLDPWD', 'SHLVL', '_', 'RECORDS'];

const split = (text: string) => text.split('\0').slice(0, -1);

/**
 * Runs a command line with bash, in which some programs only record how they were started.
 *
 * @param folder the working directory
 * @param programs names of those programs
 * @returns the exit code of bash, and the programs in the order in which they were started
 */
export async function runInShell(
  text: string,
  folder: string,
  programs: readonly string[],
): Promise<{ code: number; err: string; started: StartedProgram[] }> {
  const [records, bin] = [join(folder, '.records'), join(folder, '.bin')];
  await mkdir(records);
  await mkdir(bin, { recursive: true });
  for (const program of programs) {
    await writeFile(join(bin, program), RECORDER);
    await chmod(join(bin, program), 0o700);
  }
  const env = { PATH: [bin, '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter), RECORDS: records };
  const { code, err } = await new Promise<{ code: number; err: string }>((resolve) => {
    execFile('/bin/bash', ['--norc', '-c', text], { cwd: folder, env }, (error, _out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), err });
    });
  });
  const names = (await readdir(records)).filter((name) => name.endsWith('.args')).toSorted();
  const started = await Promise.all(
    names.map(async (name) => {
      const [program = '', ...args] = split(await readFile(join(records, name), 'utf8'));
      const variables = split(await readFile(join(records, name.replace(/args$/, 'env')), 'utf8'));
      const given = variables
        .map((line): [string, string] => [
          line.slice(0, line.indexOf('=')),
          line.slice(line.indexOf('=') + 1),
        ])
        .filter(([variable]) => !OF_THE_SHELL.includes(variable));
      return { program, args, env: Object.fromEntries(given) };
    }),
  );
  return { code, err, started };
}
