/** A value as it may be repeated in a message: short, and on one line. */
export const shown = (value: string) => JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);

/** Whether a setting that is on or off is on: `true` as Auth0's own extension had it, or a word for it. */
export const isYes = (value: string): boolean => /^(yes|true|1|on)$/i.test(value);

/** Whether such a setting is off, or empty. */
export const isNo = (value: string): boolean => /^(no|false|0|off|)$/i.test(value);

/** Reads a list that is separated by commas; a comma that belongs to an entry is written `\,`. */
export const listed = (value: string): string[] =>
  value
    .split(/(?<!\\),/)
    .map((entry) => entry.replaceAll('\\,', ',').trim())
    .filter((entry) => entry !== '');

/** What is wrong with a setting: a sentence that names it, its value and the remedy. */
export interface Problem {
  problem: string;
}

/** Makes of a setting's text what it means. */
export type Read<Meaning> = (value: string) => Meaning | Problem;

/** Reads a setting that is on or off. */
export const switched =
  (name: string): Read<boolean> =>
  (value) =>
    isYes(value) || isNo(value)
      ? isYes(value)
      : { problem: `${name} is ${shown(value)}. It must be Yes or No.` };

/** Reads a setting that names one of several, in letters of any case. */
export const oneOf =
  <Name extends string>(name: string, names: readonly Name[]): Read<Name> =>
  (value) =>
    names.find((one) => one.toLowerCase() === value.toLowerCase()) ?? {
      problem: `${name} is ${shown(value)}. It must be ${names.join(' or ')}.`,
    };
