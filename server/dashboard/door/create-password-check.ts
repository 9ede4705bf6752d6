import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/** OWASP's recommendation of 2023: 64 MB and about a tenth of a second for each try. */
const COST: ScryptOptions = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };
const KEY_BYTES = 32;
/** Tries that wait for the one that is computed: about a second's worth. */
const MOST_WAITING = 8;

/** What came of a try. `busy` and `gone` were not looked at. */
export type PasswordResult = 'right' | 'wrong' | 'busy' | 'gone';

/** Whose try it is. */
export interface PasswordTry {
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
