import { closest, distance } from 'fastest-levenshtein';
import type { StartPoint } from '../../src/job/start-point';
import { isYes, parseSettings } from '../../src/settings';
import { type ManifestSetting, manifest } from '../manifest';
import { parseSchedule } from '../runs/schedule';
import { isReference, referenceProblem, secretSettings } from './secret-reference';

/** What the platform would pass by itself at installation: here somebody has to say it. */
export const tenantSettings: Readonly<Record<string, ManifestSetting>> = {
  AUTH0_DOMAIN: {
    description: 'The domain of your Auth0 tenant, such as example.eu.auth0.com.',
    required: true,
  },
  AUTH0_CLIENT_ID: {
    description:
      'Client ID of a machine-to-machine application of that tenant, authorized for the Management API with read:logs and read:users.',
    required: true,
  },
  AUTH0_CLIENT_SECRET: {
    description: 'The secret of that application.',
    type: 'password',
    required: true,
  },
};

/** The settings of a tenant, as the manifest describes them: where its logs are, then the extension's. */
export const settingsOfTenant: Readonly<Record<string, ManifestSetting>> = {
  ...tenantSettings,
  ...manifest.secrets,
};

/**
 * Where a sandbox on this machine stands in for Segment. No setting of the extension: said on the command line and in
 * files alone.
 */
const sandboxSetting = 'SEGMENT_ENDPOINT';

/** A name further away than this was not mistyped. */
const FARTHEST_MISTYPED = 4;

/** Longer than anything that a setting can mean, in characters. */
const LONGEST_VALUE = 2_000;

const shown = (value: string) => JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);

/**
 * The option that a value stands for: Yes, No and their like stand for `true` and `false`, which the manifest has. A
 * form that knew the option by its value alone would show, and then save, another one.
 *
 * @returns the option's value; the value itself where it stands for none
 */
export function optionOf({ options = [] }: ManifestSetting, value: string): string {
  const values = options.map((option) => option.value);
  if (value === '' || values.includes(value)) return value;
  const isSwitch = values.length === 2 && values.includes('true') && values.includes('false');
  if (isSwitch && /^(yes|no|true|false|1|0|on|off)$/i.test(value)) return String(isYes(value));
  return values.find((option) => option.toLowerCase() === value.toLowerCase()) ?? value;
}

/** A day, or a moment with its zone; the day of both is looked at, as `Date` takes 31 February for 3 March. */
const DATE = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
/** What looks like a date: nothing of that form is the ID of a log. */
const NEARLY_DATE = /^\d{4}-\d{1,2}-\d{1,2}/;

/**
 * Where an export is to start, as somebody has entered it: `oldest`, `now`, a date of UTC such as `2026-03-01`, a moment
 * with its zone such as `2026-03-01T12:00Z`, or the ID of a log.
 *
 * @param text not empty
 * @returns `undefined` for what is none of these
 */
function parseStartWords(text: string): StartPoint | undefined {
  const word = text.toLowerCase();
  if (word === 'oldest' || word === 'now') return { kind: word };
  if (NEARLY_DATE.test(text)) {
    const day = DATE.exec(text)?.[1] ?? '';
    const midnight = Date.parse(day);
    const isDay = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
    const at = Date.parse(text);
    return isDay && !Number.isNaN(at) ? { kind: 'at', at } : undefined;
  }
  // IDs have digits; a word without is mistyped.
  return /^(?=.*\d)[\w-]{1,100}$/.test(text) ? { kind: 'log', id: text } : undefined;
}

/** Where to start, as long as its log is still to be found by a word or a date; `undefined` for an ID, and for nothing. */
export function startToFind({ START_FROM = '' }: Readonly<Record<string, string>>): StartPoint | undefined {
  const point = parseStartWords(START_FROM.trim());
  return point?.kind === 'log' ? undefined : point;
}

/** What is wrong with where to start: words and dates have been looked up where that is possible. */
function startProblem(value: string): string {
  const point = parseStartWords(value);
  if (!point) {
    return `START_FROM is ${shown(value)}, which is no checkpoint ID. Copy it from the failed run or from Slack; or write oldest, now, a date such as 2026-03-01, or a time with its zone such as 2026-03-01T12:00Z.`;
  }
  return point.kind === 'log'
    ? ''
    : `START_FROM is ${shown(value)}, and takes a checkpoint ID here. Leave it out, and set it with tenants set NAME --start-from ${value}, which looks the log up.`;
}

/** What is wrong with a value by itself; empty where nothing is. */
function problemOf(name: string, value: string): string {
  const setting = settingsOfTenant[name];
  if (value === '') return setting?.required ? `${name} is required.` : '';
  if (/[\r\n\0]/.test(value)) return `${name} must be on one line.`;
  if (value.length > LONGEST_VALUE) {
    return `${name} has ${value.length} characters. It must have ${LONGEST_VALUE} at most.`;
  }
  const options = setting?.options?.map((option) => option.value) ?? [];
  if (options.length > 0 && !options.includes(value)) {
    return `${name} is ${shown(value)}. It must be one of: ${options.join(', ')}.`;
  }
  if (name === 'START_FROM') return startProblem(value);
  return secretSettings.includes(name) && isReference(value) ? referenceProblem(name, value) : '';
}

/** Something that every check takes for a secret that it cannot see. */
const UNSEEN: Readonly<Record<string, string>> = {
  AUTH0_CLIENT_SECRET: 'unseen',
  SEGMENT_KEY: 'unseen-segment-write-key',
  SLACK_INCOMING_WEBHOOK: '',
};

/**
 * Checks the settings of a tenant, by the same rules wherever they were entered.
 *
 * @param settings by their names, without those that are empty; `undefined` for a secret that is there but not seen
 * @param given what comes from outside and goes before them, which some rules depend on
 * @returns sentences by the names of the settings; what is given from outside has none
 */
export function settingProblems(
  settings: Readonly<Record<string, string | undefined>>,
  given: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const problems: Record<string, string> = {};
  const names = new Set([...Object.keys(settingsOfTenant), ...Object.keys(settings)]);
  for (const name of names) {
    if (given[name] !== undefined) continue;
    const value = name in settings ? settings[name] : '';
    const problem = value === undefined ? '' : problemOf(name, value);
    if (problem) problems[name] = problem;
  }
  // The job's own rules, for everything that they know of.
  const seen = (name: string) => {
    const value = given[name] ?? (name in settings ? (settings[name] ?? UNSEEN[name]) : '');
    return value !== undefined && secretSettings.includes(name) && isReference(value) ? UNSEEN[name] : value;
  };
  const parsed = parseSettings(seen);
  for (const sentence of [...parsed.problems, ...parsed.warnings]) {
    const name = nameIn(sentence);
    if (isBounded(sentence, parsed.warnings)) continue;
    if (settings[name] && given[name] === undefined) problems[name] ??= sentence;
  }
  return problems;
}

/** The setting that a sentence begins with. */
const nameIn = (sentence: string): string => /^[A-Z\d_]+/.exec(sentence)?.[0] ?? '';

/** Whether a warning says that a value is taken as the nearest that is possible, with which runs work. */
const isBounded = (sentence: string, warnings: readonly string[]): boolean =>
  nameIn(sentence) === 'BATCH_SIZE' && warnings.includes(sentence);

/**
 * What of a tenant's settings is taken for something else than was entered, wherever that was.
 *
 * @returns sentences
 */
export function settingWarnings(settings: Readonly<Record<string, string | undefined>>): string[] {
  const { warnings } = parseSettings((name) => settings[name]);
  return warnings.filter((sentence) => isBounded(sentence, warnings));
}

/**
 * Returns sentences about settings and the schedule of a tenant that work otherwise than entered, or cost much.
 *
 * @param tenant its schedule can be read
 */
export function tenantWarnings({
  settings,
  schedule,
  timeZone,
}: {
  settings: Readonly<Record<string, string | undefined>>;
  schedule: string;
  timeZone: string;
}): string[] {
  const { warning } = parseSchedule(schedule, timeZone);
  return [...settingWarnings(settings), ...(warning === '' ? [] : [warning])];
}

/** What is wrong with a tenant's name; empty where nothing is. */
export function nameProblem(name: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return '';
  return `The name is ${shown(name)}. It must have 1 to 63 lower-case letters, digits and hyphens, and neither begin nor end with a hyphen, such as acme-eu.`;
}

/** A schedule and its time zone, as they were entered, or what is wrong with them. */
export function checkSchedule(
  cron: string,
  timeZone: string,
): { schedule: string; problems: Record<string, string> } {
  try {
    return { schedule: parseSchedule(cron, timeZone).cron, problems: {} };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    if (!error.message.startsWith('The time zone'))
      return { schedule: cron, problems: { schedule: error.message } };
    // The one does not hide the other.
    const { problems } = timeZone === 'UTC' ? { problems: {} } : checkSchedule(cron, 'UTC');
    return { schedule: cron, problems: { ...problems, timeZone: error.message } };
  }
}

/**
 * Whether a tenant has a setting of this name.
 *
 * @param mayReference whether it is set on this machine, where a sandbox may stand in for Segment
 */
export const isTenantSetting = (name: string, mayReference: boolean): boolean =>
  Object.hasOwn(settingsOfTenant, name) || (mayReference && name === sandboxSetting);

/** What is wrong with a name that no setting of a tenant has: the sentence names the nearest. */
export function unknownSetting(name: string): string {
  const near = closest(name.toUpperCase().replaceAll('-', '_'), Object.keys(settingsOfTenant));
  const isNear = distance(name.toUpperCase().replaceAll('-', '_'), near) <= FARTHEST_MISTYPED;
  return `${shown(name)} is no setting of a tenant. ${isNear ? `Write ${near} if that is meant.` : `The settings are ${Object.keys(settingsOfTenant).join(', ')}.`}`;
}
