import { type AST, RegExpParser } from '@eslint-community/regexpp';

/** Matches at a place, and then what follows; answers where the whole ends, or -1. */
type Matcher = (at: number, next: (at: number) => number) => number;

/** What a search did. */
export interface CountedSearch {
  /** Characters looked at, and places tried: what a backtracking engine's time is made of. */
  steps: number;
  /** Start and end of each match. */
  matches: [start: number, end: number][];
}

/**
 * Searches a text for all matches as a backtracking engine does, V8's included, and counts the steps. It knows
 * as much of the language as the patterns use that it measures, and throws at everything else.
 */
export function countSteps(pattern: RegExp, text: string): CountedSearch {
  let steps = 0;
  const flags = pattern.flags.replace('g', '');
  const isWord = (at: number) => /\w/.test(text[at] ?? '');

  /** Whether an element takes exactly one character, and then which. */
  const takes = (element: AST.Element): ((at: number) => boolean) | undefined => {
    if (!['Character', 'CharacterSet', 'CharacterClass'].includes(element.type)) return undefined;
    const one = new RegExp(`^${element.raw}$`, flags);
    return (at) => {
      steps += 1;
      const character = text[at];
      return character !== undefined && one.test(character);
    };
  };

  const sequence = (elements: readonly AST.Element[]): Matcher =>
    elements.map(matcherOf).reduceRight<Matcher>(
      (rest, first) => (at, next) => first(at, (after) => rest(after, next)),
      (at, next) => next(at),
    );

  const either = (alternatives: readonly AST.Alternative[]): Matcher => {
    const ways = alternatives.map(({ elements }) => sequence(elements));
    return (at, next) => {
      for (const way of ways) {
        const end = way(at, next);
        if (end >= 0) return end;
      }
      return -1;
    };
  };

  function matcherOf(element: AST.Element): Matcher {
    const one = takes(element);
    if (one) return (at, next) => (one(at) ? next(at + 1) : -1);
    if (element.type === 'CapturingGroup' || element.type === 'Group') return either(element.alternatives);
    if (element.type === 'Assertion' && element.kind === 'word' && !element.negate) {
      return (at, next) => {
        steps += 1;
        return isWord(at - 1) !== isWord(at) ? next(at) : -1;
      };
    }
    if (element.type === 'Assertion' && element.kind === 'lookahead' && !element.negate) {
      const ahead = either(element.alternatives);
      return (at, next) => (ahead(at, (end) => end) >= 0 ? next(at) : -1);
    }
    if (element.type === 'Quantifier' && element.greedy) {
      const repeated = takes(element.element);
      if (repeated) {
        return (at, next) => {
          let times = 0;
          while (times < element.max && repeated(at + times)) times += 1;
          for (; times >= element.min; times -= 1) {
            steps += 1;
            const end = next(at + times);
            if (end >= 0) return end;
          }
          return -1;
        };
      }
    }
    throw new Error(`${element.raw} of ${pattern} cannot be counted: teach it to this file.`);
  }

  const whole = either(new RegExpParser().parsePattern(pattern.source).alternatives);
  const matches: CountedSearch['matches'] = [];
  for (let at = 0; at < text.length; ) {
    const end = whole(at, (after) => after);
    if (end > at) matches.push([at, end]);
    at = Math.max(at + 1, end);
  }
  return { steps, matches };
}
