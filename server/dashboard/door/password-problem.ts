import { LONGEST_PASSWORD } from './longest-password';

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
export async function passwordProblem(password: string): Promise<string> {
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
