import type { RequestHandler } from 'express';
import * as v from 'valibot';
import { isYes, parseSettings } from '../../../src/settings';
import { type ManifestSetting, manifest } from '../../manifest';
import type { Host } from '../../runs/host';
import { tenantSettings } from '../../tenants/tenant-settings';
import { HttpError } from '../../web/http';
import type { DashboardDependencies } from '../dependencies';
import { needInstalled, parseInput } from './input';
import type { Field } from './types';

/** Longer than anything that a setting can mean. */
const LONGEST_VALUE = 2_000;

const value = v.pipe(v.string(), v.maxLength(LONGEST_VALUE));

/** What a browser sends to install the extension or to change its settings. */
export const formInput = v.object({
  /** By the names of the settings; an empty password keeps what is saved. */
  settings: v.record(v.string(), value),
  /** Names of saved passwords that are to go. */
  clear: v.optional(v.array(v.string()), []),
  /** Of the Dashboard, where credentials change. */
  password: v.optional(value),
  schedule: v.optional(value),
  timeZone: v.optional(value),
});

type FormInput = v.InferOutput<typeof formInput>;

/**
 * The option that a value stands for: what was saved or given as Yes or No is one of `true` and `false`, which
 * the manifest has. A form that knew the option by its value alone would show, and then save, another one.
 *
 * @returns the option's value; the value itself where it stands for none
 */
function optionOf(options: Field['options'], value: string): string {
  const values = options.map((option) => option.value);
  if (value === '' || values.includes(value)) return value;
  const isSwitch = values.length === 2 && values.includes('true') && values.includes('false');
  return isSwitch && /^(yes|no|true|false|1|0|on|off)$/i.test(value) ? String(isYes(value)) : value;
}

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
interface CheckedInput {
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
 * @param overrides what comes from outside, which some rules depend on
 */
function checkInput(
  fields: readonly Field[],
  { settings: entered, clear }: Pick<FormInput, 'settings' | 'clear'>,
  saved: Readonly<Record<string, string>>,
  overrides: Readonly<Record<string, string>>,
): CheckedInput {
  const settings: Record<string, string> = {};
  const problems: Record<string, string> = {};
  for (const field of fields) {
    if (field.isOverridden) continue;
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
  const domain = overrides.AUTH0_DOMAIN ?? settings.AUTH0_DOMAIN ?? '';
  if ('AUTH0_CLIENT_SECRET' in settings) {
    const enteredFor = saved.AUTH0_DOMAIN ?? overrides.AUTH0_DOMAIN ?? '';
    if (
      saved.AUTH0_CLIENT_SECRET &&
      !isSameDomain(domain, enteredFor) &&
      !entered.AUTH0_CLIENT_SECRET?.trim()
    ) {
      problems.AUTH0_CLIENT_SECRET ??=
        'AUTH0_CLIENT_SECRET must be entered again, because AUTH0_DOMAIN is another tenant now.';
    }
    settings.AUTH0_DOMAIN = domain;
  } else if (overrides.AUTH0_DOMAIN === undefined) {
    problems.AUTH0_DOMAIN ??=
      'AUTH0_CLIENT_SECRET is set by environment or configuration file, so AUTH0_DOMAIN must be given in the same place.';
  }
  // The job's own rules, for everything that they know of.
  const parsed = parseSettings((name) => settings[name] ?? overrides[name]);
  for (const sentence of [...parsed.problems, ...parsed.warnings]) {
    const name = /^[A-Z\d_]+/.exec(sentence)?.[0] ?? '';
    if (settings[name]) problems[name] ??= sentence;
  }
  return { settings, problems };
}

function toField(
  [name, setting]: [string, ManifestSetting],
  saved: string | undefined,
  overrides: string | undefined,
  isTenant: boolean,
): Field {
  const kind = setting.type === 'password' ? 'password' : setting.type === 'select' ? 'select' : 'text';
  const options = setting.options ?? [];
  const value = optionOf(options, overrides ?? saved ?? setting.default ?? '');
  return {
    name,
    description: setting.description ?? '',
    kind,
    isRequired: setting.required ?? false,
    options,
    value: kind === 'password' ? '' : value,
    isSaved: kind === 'password' && value !== '',
    isOverridden: overrides !== undefined,
    isTenant,
  };
}

/**
 * The form of the settings, generated from the manifest. No secret is in it: of a saved one it says that it
 * is there.
 *
 * @param saved what was entered before
 * @param overrides what comes from outside; a tenant that comes from there is not asked for
 */
export function toFields(
  saved: Readonly<Record<string, string>>,
  overrides: Readonly<Record<string, string>>,
): Field[] {
  const tenant = Object.entries(tenantSettings)
    .filter(([name]) => overrides[name] === undefined)
    .map((entry) => toField(entry, saved[entry[0]], undefined, true));
  const others = Object.entries(manifest.secrets).map((entry) => {
    const [name, setting] = entry;
    const givenValue = overrides[name] ?? (setting.former ? overrides[setting.former] : undefined);
    return toField(entry, saved[name], givenValue, false);
  });
  return [...tenant, ...others];
}

/** Settings that cannot be saved as they were entered. */
export class InvalidSettings extends HttpError {
  /**
   * @param problems sentences by the names of the settings
   */
  constructor(readonly problems: Readonly<Record<string, string>>) {
    super(422, 'invalid_settings', Object.values(problems).join(' '));
  }
}

/**
 * The settings to be saved for what was entered in the form.
 *
 * @param saved the settings as they are
 * @throws {InvalidSettings}
 */
export function checkedSettings(
  { overrides }: Pick<Host, 'overrides'>,
  input: FormInput,
  saved: Readonly<Record<string, string>>,
): Record<string, string> {
  const { settings, problems } = checkInput(toFields(saved, overrides), input, saved, overrides);
  if (Object.keys(problems).length > 0) throw new InvalidSettings(problems);
  return settings;
}

/** What the export signs in with, and where it goes. */
const CREDENTIALS = ['AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET', 'SEGMENT_KEY'];

/** Whether the credentials of a tenant, or of where its logs go, are others after a change than before. */
function changesCredentials(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): boolean {
  return CREDENTIALS.some((name) => (before[name] ?? '') !== (after[name] ?? ''));
}

/** `POST /api/settings`: changes the settings; the next run works with them. */
export function saveSettings({ host, access }: DashboardDependencies): RequestHandler {
  return async (request, response) => {
    const input = parseInput(formInput, request.body);
    const { settings: before } = needInstalled(host);
    const changed = { ...before, ...checkedSettings(host, input, before) };
    const isConfirmed = changesCredentials(before, changed);
    if (isConfirmed) await access.confirm(request, response, input.password);
    await host.update((installed) => {
      const now = needInstalled({ installed });
      const settings = { ...now.settings, ...checkedSettings(host, input, now.settings) };
      if (!isConfirmed && changesCredentials(now.settings, settings)) {
        throw new HttpError(
          409,
          'changed_meanwhile',
          'The settings were changed meanwhile. Load the page again.',
        );
      }
      return { ...now, settings };
    });
    response.status(204).end();
  };
}
