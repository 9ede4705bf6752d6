/** What was entered in a form of settings. */
export interface FormValues {
  settings: Record<string, string>;
  /** Names of saved passwords that are to go. */
  clear: string[];
  /** Of the Dashboard, where the form asks for it. */
  password?: string;
}

const CLEAR = 'clear:';

/** Reads a form of settings; what is disabled in it is left out. */
export function formValues(form: HTMLFormElement): FormValues {
  const settings: Record<string, string> = {};
  const clear: string[] = [];
  let password: string | undefined;
  for (const [name, value] of new FormData(form)) {
    if (name.startsWith(CLEAR)) clear.push(name.slice(CLEAR.length));
    else if (name === 'password') password = String(value);
    else if (typeof value === 'string' && name !== 'schedule' && name !== 'timeZone') settings[name] = value;
  }
  return { settings, clear, ...(password === undefined ? {} : { password }) };
}
