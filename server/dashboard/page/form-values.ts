/** What was entered in a form of settings. */
export interface FormValues {
  settings: Record<string, string>;
  /** Names of saved passwords that are to go. */
  clear: string[];
}

const CLEAR = 'clear:';

/** Reads a form of settings; what is disabled in it is left out. */
export function formValues(form: HTMLFormElement): FormValues {
  const settings: Record<string, string> = {};
  const clear: string[] = [];
  for (const [name, value] of new FormData(form)) {
    if (name.startsWith(CLEAR)) clear.push(name.slice(CLEAR.length));
    else if (typeof value === 'string' && name !== 'schedule' && name !== 'timeZone') settings[name] = value;
  }
  return { settings, clear };
}
