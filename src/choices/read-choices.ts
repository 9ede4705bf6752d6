import { covers, type FieldPath, METADATA, parseFieldPath, TOKENS } from './field-path';
import {
  type CallShape,
  defaultSelection,
  defaultShape,
  eventNames,
  type FailedLogins,
  type Selection,
  toTypes,
} from './shape';
import { listed, oneOf, type Problem, type Read, shown, switched } from './values';

/** What goes to Segment, as the administrator has chosen: plain data. */
export interface Choices {
  /** Which logs. */
  selection: Selection;
  /** What calls are made of. */
  shape: CallShape;
  /** The texts that say so, by the names of the settings; those that leave a default are not among them. */
  chosen: Readonly<Record<string, string>>;
}

/** What one setting says of the choices. */
interface Choice {
  selection?: Partial<Selection>;
  shape?: Partial<CallShape>;
}

const readExcluded: Read<FieldPath[]> = (value) => {
  const entries = listed(value);
  const paths = entries.flatMap((entry) => {
    const path = parseFieldPath(entry);
    return path ? [path] : [];
  });
  if (paths.length === entries.length) return paths;
  const wrong = entries.find((entry) => !parseFieldPath(entry)) ?? '';
  return {
    problem: `EXCLUDE_FIELDS has ${shown(wrong)}, in which a name is missing. Write each field as a dotted path, separated by commas, such as app_metadata, user_metadata.ssn, identities.*.profileData.`,
  };
};

const USER_ID_REMEDY =
  'Write one field as a dotted path, such as app_metadata.customer_id, or leave it at user_id, the id that Auth0 gave the user.';

/** Reads USER_ID_FIELD; `undefined` stands for the id that Auth0 gave the user. */
const readUserIdField: Read<FieldPath | undefined> = (value) => {
  if (value === '' || value === 'user_id') return undefined;
  const path = parseFieldPath(value);
  if (!path || path.includes('*') || listed(value).length > 1) {
    return { problem: `USER_ID_FIELD is ${shown(value)}, which is not one field. ${USER_ID_REMEDY}` };
  }
  if (path.some((name) => TOKENS.has(name))) {
    return {
      problem: `USER_ID_FIELD is ${shown(value)}, a token of an identity provider, which is never sent. ${USER_ID_REMEDY}`,
    };
  }
  return path;
};

/**
 * Whether a field is excluded, as Auth0 has it or under the name by which it would leave: then it must not leave as
 * `userId` either.
 */
function isExcluded(field: FieldPath, excluded: readonly FieldPath[]): boolean {
  const [first = '', ...rest] = field;
  return excluded.some((path) => covers(path, field) || (METADATA.has(first) && covers(path, rest)));
}

const readNames: Read<string[]> = (value) => listed(value).map((name) => name.toLowerCase());

const isProblem = (read: unknown): read is Problem =>
  typeof read === 'object' && read !== null && 'problem' in read;

/** Reads a setting, and says what it means for the choices. */
const choice =
  <Meaning>(read: Read<Meaning>, say: (meaning: Meaning) => Choice): Read<Choice> =>
  (value) => {
    const meaning = read(value);
    return isProblem(meaning) ? meaning : say(meaning);
  };

/**
 * The settings by which it is chosen what goes to Segment, each with what it says. Another one is a line here and
 * in the manifest; an empty one leaves the default.
 */
const settings: Readonly<Record<string, Read<Choice>>> = {
  SEND_IDENTIFY: choice(switched('SEND_IDENTIFY'), (identifies) => ({ shape: { identifies } })),
  EXCLUDE_FIELDS: choice(readExcluded, (excluded) => ({ shape: { excluded } })),
  EVENT_NAMES: choice(oneOf<keyof typeof eventNames>('EVENT_NAMES', ['Auth0', 'Segment']), (vocabulary) => ({
    shape: { eventNames: eventNames[vocabulary] },
  })),
  FAILED_LOGINS: choice(oneOf<FailedLogins>('FAILED_LOGINS', ['Generic', 'All']), (failed) => ({
    selection: { types: toTypes(failed) },
  })),
  USER_ID_FIELD: choice(readUserIdField, (userIdField) => ({ shape: { userIdField } })),
  ORGANIZATIONS: choice(switched('ORGANIZATIONS'), (groups) => ({ shape: { groups } })),
  LOGIN_CONTEXT: choice(switched('LOGIN_CONTEXT'), (loginContext) => ({ shape: { loginContext } })),
  CLIENTS: choice(readNames, (clients) => ({ selection: { clients } })),
  CONNECTIONS: choice(readNames, (connections) => ({ selection: { connections } })),
};

/** What settings say together. */
function combine(said: readonly Choice[]): Omit<Choices, 'chosen'> {
  return {
    selection: Object.assign({}, defaultSelection, ...said.map(({ selection }) => selection)),
    shape: Object.assign({}, defaultShape, ...said.map(({ shape }) => shape)),
  };
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** A setting of what goes to Segment that is another one than before; empty stands for the default. */
interface ChangedChoice {
  name: string;
  from: string;
  to: string;
}

/** What was chosen otherwise before; two texts that mean the same are no change. */
export function changedChoices(before: Choices['chosen'], now: Choices['chosen']): ChangedChoice[] {
  const meaning = (name: string, value: string) => (value === '' ? {} : settings[name]?.(value));
  return Object.keys(settings)
    .map((name) => ({ name, from: before[name] ?? '', to: now[name] ?? '' }))
    .filter(({ name, from, to }) => !isSame(meaning(name, from), meaning(name, to)));
}

/**
 * Reads what is to go to Segment.
 *
 * @param text answers the value of a setting by its name, without blanks around it; empty where it is not set
 * @returns the choices, and what is wrong with them: each problem names the setting, the value and the remedy
 */
export function parseChoices(text: (name: string) => string): { choices: Choices; problems: string[] } {
  const problems: string[] = [];
  const chosen: Record<string, string> = {};
  const said: Choice[] = [];
  for (const [name, read] of Object.entries(settings)) {
    const value = text(name);
    const means = value === '' ? {} : read(value);
    if (isProblem(means)) problems.push(means.problem);
    else {
      said.push(means);
      if (!isSame(combine([means]), combine([]))) chosen[name] = value;
    }
  }
  const choices = { ...combine(said), chosen };
  const { userIdField, excluded } = choices.shape;
  if (userIdField && isExcluded(userIdField, excluded)) {
    problems.push(
      `USER_ID_FIELD is ${shown(text('USER_ID_FIELD'))}, a field that EXCLUDE_FIELDS keeps from leaving. Name another field, or take it out of EXCLUDE_FIELDS.`,
    );
  }
  return { choices, problems };
}
