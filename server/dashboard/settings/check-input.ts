import { parseSettings } from '../../../src/settings/parse-settings';
import type { Field } from './field';
import type { FormInput } from './form-input';
import { optionOf } from './option-of';

const shown = (value: string) => JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);

/** What is wrong with a value by itself; empty where nothing is. */
function problemOf({ name, kind, options, isRequired }: Field, value: string): string {
  if (value === '') return isRequired ? `${name} is required.` : '';
  if (/[\r\n\0]/.test(value)) return `${name} must be on one line.`;
  if (kind === 'select' && !options.some((option) => option.value === value)) {
    return `${name} is ${shown(value)}. It must be one of: ${options.map((option) => option.value).join(', ')}.`;
  }
  if (name === 'START_FROM' && !/^[\w-]{1,100}$/.test(value)) {
    return `START_FROM is ${shown(value)}, which is no checkpoint ID. Copy it from the failed run or from Slack; it has letters and digits only.`;
  }
  if (name === 'BATCH_SIZE' && Number(value) > 100) {
    return `BATCH_SIZE is ${shown(value)}. It must be a whole number from 1 to 100.`;
  }
  return '';
}

const isSameDomain = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

/** What was entered, with what is wrong about it. */
export interface CheckedInput {
  /** To be saved: what can be changed here, and only that. */
  settings: Record<string, string>;
  /** Sentences by the names of the settings. */
  problems: Record<string, string>;
}

/**
 * Checks what was entered in the form.
 *
 * @param fields of the form
 * @param saved the settings as they are; a password that was left empty stays
 * @param given what comes from outside, which some rules depend on
 */
export function checkInput(
  fields: readonly Field[],
  { settings: entered, clear }: Pick<FormInput, 'settings' | 'clear'>,
  saved: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): CheckedInput {
  const settings: Record<string, string> = {};
  const problems: Record<string, string> = {};
  for (const field of fields) {
    if (field.isGiven) continue;
    const { name, kind } = field;
    const text = optionOf(field.options, (entered[name] ?? (kind === 'password' ? '' : field.value)).trim());
    const keeps = kind === 'password' && text === '' && field.isSaved && !clear.includes(name);
    const value = keeps ? (saved[name] ?? '') : text;
    const problem = problemOf(field, value);
    if (problem) problems[name] = problem;
    settings[name] = value;
  }
  // Whoever may change settings must not have a secret sent to a server of their own. The domain is kept with
  // the secret, also where it comes from outside: that is the one that it was entered for.
  const domain = given.AUTH0_DOMAIN ?? settings.AUTH0_DOMAIN ?? '';
  if ('AUTH0_CLIENT_SECRET' in settings) {
    const enteredFor = saved.AUTH0_DOMAIN ?? given.AUTH0_DOMAIN ?? '';
    if (
      saved.AUTH0_CLIENT_SECRET &&
      !isSameDomain(domain, enteredFor) &&
      !entered.AUTH0_CLIENT_SECRET?.trim()
    ) {
      problems.AUTH0_CLIENT_SECRET ??=
        'AUTH0_CLIENT_SECRET must be entered again, because AUTH0_DOMAIN is another tenant now.';
    }
    settings.AUTH0_DOMAIN = domain;
  } else if (given.AUTH0_DOMAIN === undefined) {
    problems.AUTH0_DOMAIN ??=
      'AUTH0_CLIENT_SECRET is given from outside, so AUTH0_DOMAIN must be given in the same place.';
  }
  // The job's own rules, for everything that they know of.
  const parsed = parseSettings((name) => settings[name] ?? given[name]);
  for (const sentence of [...parsed.problems, ...parsed.warnings]) {
    const name = /^[A-Z\d_]+/.exec(sentence)?.[0] ?? '';
    if (settings[name]) problems[name] ??= sentence;
  }
  return { settings, problems };
}
