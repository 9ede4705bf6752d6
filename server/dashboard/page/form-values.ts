import type { SettingsChange } from '../api/view';

const CLEAR = 'clear:';
/** Entered in the form, and no setting. */
const NO_SETTINGS = new Set(['name', 'schedule', 'timeZone', 'kind', 'from', 'at']);

/** Reads a form of settings; what is disabled in it is left out. */
export function formValues(form: HTMLFormElement): SettingsChange {
  const settings: Record<string, string> = {};
  const clear: string[] = [];
  let password: string | undefined;
  for (const [name, value] of new FormData(form)) {
    if (name.startsWith(CLEAR)) clear.push(name.slice(CLEAR.length));
    else if (name === 'password') password = String(value);
    else if (typeof value === 'string' && !NO_SETTINGS.has(name)) settings[name] = value;
  }
  return { settings, clear, ...(password === undefined ? {} : { password }) };
}

/** What is entered, to be checked before it is saved. */
export function entered(form: HTMLFormElement | null): Pick<SettingsChange, 'settings' | 'clear'> {
  if (!form) return { settings: {}, clear: [] };
  const { settings, clear } = formValues(form);
  return { settings, clear };
}
