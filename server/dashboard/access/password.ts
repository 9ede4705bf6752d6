import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { isLoopback } from '../../../src/http/address';
import { HostError } from '../../errors';

/** Bytes of a password at most; longer ones are refused before anything is computed. */
export const LONGEST_PASSWORD = 1024;

/** Characters at least, as OWASP ASVS 2.1.1 asks. */
const SHORTEST_PASSWORD = 12;
/** Of 0 to 4: below it, lists of common passwords and what people make of them lead to it. */
const LEAST_SCORE = 3;
/** Longer ones are looked at so far: the estimate takes time that grows with the square. */
const LOOKED_AT = 128;
/** Words that somebody who guesses here would try first. */
const LOCAL_WORDS = ['dashboard', 'auth0', 'segment', 'logs', 'exporter', 'extension'];

/**
 * What is wrong with a password that somebody has chosen for the Dashboard; empty where nothing is. Nothing leaves
 * this machine.
 */
async function passwordProblem(password: string): Promise<string> {
  if (password.length < SHORTEST_PASSWORD || Buffer.byteLength(password) > LONGEST_PASSWORD) {
    return `has ${password.length} characters. It must have at least ${SHORTEST_PASSWORD}, and ${LONGEST_PASSWORD} bytes at most.`;
  }
  // Half a megabyte of lists: loaded where there is a password to look at.
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const { score } = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs }).check(
    password.slice(0, LOOKED_AT),
    LOCAL_WORDS,
  );
  return score < LEAST_SCORE
    ? 'is one of the common passwords, or close to one, which are guessed first. Choose another, such as four random words.'
    : '';
}

/** OWASP's recommendation of 2023: 64 MB and about a tenth of a second for each try. */
const COST: ScryptOptions = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };
const KEY_BYTES = 32;
/** Tries that wait for the one that is computed: about a second's worth. */
const MOST_WAITING = 8;

/** What came of a try. `busy` and `gone` were not looked at. */
type PasswordResult = 'right' | 'wrong' | 'busy' | 'gone';

/** Whose try it is. */
interface PasswordTry {
  text: string;
  /** Those of a lower rank go first, and stay when there are too many. */
  rank: number;
  /** Whether nobody waits for the answer any more. */
  isGone: () => boolean;
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, COST, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

interface Waiting extends PasswordTry {
  end: (result: PasswordResult | Promise<PasswordResult>) => void;
}

/** Takes from those that wait the first of the lowest rank, or the last of the highest. */
function takeOut(waiting: Waiting[], which: 'best' | 'worst'): Waiting | undefined {
  const ranks = waiting.map(({ rank }) => rank);
  const at = which === 'best' ? ranks.indexOf(Math.min(...ranks)) : ranks.lastIndexOf(Math.max(...ranks));
  return at < 0 ? undefined : waiting.splice(at, 1)[0];
}

/**
 * Makes the check of a password. The password itself is forgotten.
 *
 * @returns looks at a try, in the same time whatever it is; one at a time, so that many take no more memory and
 *   processor than one
 */
export async function createPasswordCheck(
  password: string,
): Promise<(attempt: PasswordTry) => Promise<PasswordResult>> {
  const salt = randomBytes(16);
  const expected = await derive(password, salt);
  const waiting: Waiting[] = [];
  let isBusy = false;
  const dropGone = () => {
    for (const one of [...waiting]) {
      if (!one.isGone()) continue;
      waiting.splice(waiting.indexOf(one), 1);
      one.end('gone');
    }
  };
  const work = async () => {
    if (isBusy) return;
    isBusy = true;
    for (;;) {
      dropGone();
      const next = takeOut(waiting, 'best');
      if (!next) break;
      const result = derive(next.text, salt).then(
        (key): PasswordResult => (timingSafeEqual(key, expected) ? 'right' : 'wrong'),
      );
      next.end(result);
      await result.catch(() => {});
    }
    isBusy = false;
  };
  return (attempt) =>
    new Promise<PasswordResult>((end) => {
      dropGone();
      waiting.push({ ...attempt, end });
      if (waiting.length > MOST_WAITING) takeOut(waiting, 'worst')?.end('busy');
      void work();
    });
}

/** Whether an address is reached from this machine alone. */
export const isOwn = (hostname: string) => hostname === '::1' || isLoopback(hostname);

/**
 * Makes sure that nobody reaches the Dashboard from another machine without a password that is not guessed.
 *
 * @returns warnings in words, for whoever starts the host
 * @throws {HostError} naming what must be set
 */
export async function assertSafeExposure({
  address,
  publicUrl,
  password,
}: {
  address: string;
  publicUrl: string | undefined;
  password: string;
}): Promise<string[]> {
  const open = isOwn(address)
    ? publicUrl && !isOwn(new URL(publicUrl).hostname)
      ? `DASHBOARD_URL is ${publicUrl}`
      : ''
    : `ADDRESS is ${address}`;
  if (password === '') {
    if (!open) return [];
    throw new HostError(
      `${open}, where others than this machine reach the Dashboard, and DASHBOARD_PASSWORD is empty. Set a password, or leave ADDRESS at 127.0.0.1 and DASHBOARD_URL empty.`,
      78,
    );
  }
  const problem = await passwordProblem(password);
  if (problem) throw new HostError(`DASHBOARD_PASSWORD ${problem}`, 78);
  return open && !publicUrl?.startsWith('https:')
    ? [
        `${open}, and browsers reach it by plain http: whoever is on the way can read the password. Put a proxy with https in front, and its address into DASHBOARD_URL.`,
      ]
    : [];
}

/** Wrong passwords of a client that cost it no waiting. */
const FREE_TRIES = 5;
const FIRST_DELAY_MS = 30_000;
const LONGEST_DELAY_MS = 15 * 60 * 1000;
/** A client that has tried nothing for so long begins anew. */
const FORGOTTEN_AFTER_MS = 60 * 60 * 1000;
/** Clients that are remembered: the one that was quiet for longest goes first. */
const MOST_CLIENTS = 10_000;

/** Keeps count of wrong passwords, by client: nobody is kept out by what another one does. */
interface LoginLimit {
  /** Milliseconds until the client may try again; 0 where it may now. */
  wait(client: string): number;
  /** How much a client has asked for: wrong passwords, and tries that were sent away without being looked at. */
  pressure(client: string): number;
  /** Counts a try as a wrong one before it is looked at: a thousand tries at once are still a thousand. */
  count(client: string): void;
  /** Takes the count of a try back that was not looked at: it costs no waiting. */
  takeBack(client: string): void;
  noteSuccess(client: string): void;
}

/** Makes the limit: after five wrong passwords a client waits for half a minute, then twice as long each time. */
export function createLoginLimit(now: () => number): LoginLimit {
  const clients = new Map<string, { failures: number; sentAway: number; at: number }>();
  const find = (client: string) => {
    const found = clients.get(client);
    return found && now() - found.at < FORGOTTEN_AFTER_MS ? found : { failures: 0, sentAway: 0, at: now() };
  };
  const delay = (failures: number) =>
    failures < FREE_TRIES ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - FREE_TRIES));
  return {
    wait: (client) => {
      const { failures, at } = find(client);
      return Math.max(0, at + delay(failures) - now());
    },
    pressure: (client) => {
      const { failures, sentAway } = find(client);
      return failures + sentAway;
    },
    count: (client) => {
      const { failures, sentAway } = find(client);
      // Put in anew, the map keeps them in the order in which they were heard of last.
      clients.delete(client);
      clients.set(client, { failures: failures + 1, sentAway, at: now() });
      const [oldest] = clients.keys();
      if (clients.size > MOST_CLIENTS && oldest !== undefined) clients.delete(oldest);
    },
    takeBack: (client) => {
      const counted = clients.get(client);
      if (!counted) return;
      counted.failures = Math.max(0, counted.failures - 1);
      counted.sentAway += 1;
    },
    noteSuccess: (client) => {
      clients.delete(client);
    },
  };
}
