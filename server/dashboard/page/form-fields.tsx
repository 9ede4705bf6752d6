import type { SettingsChange } from '../api/view';

/** A label for people, with the name that documents and the command line use. */
export function FieldLabel({
  id,
  label,
  name,
  note,
}: {
  id: string;
  label: string;
  name: string;
  note?: string;
}) {
  return (
    <label for={id} class="field-label">
      <span>
        {label}
        {note && <span class="muted"> {note}</span>}
      </span>
      {name && <code class="muted">{name}</code>}
    </label>
  );
}

/** What a field says of itself where its value was refused. Below it stands a {@link FieldProblem}, and what it is about. */
export const wrongAttributes = (id: string, problem: string | undefined) => ({
  'aria-describedby': `${id}-about${problem ? ` ${id}-problem` : ''}`,
  'aria-invalid': problem ? true : undefined,
});

/** Why the value of a field was refused. */
export function FieldProblem({ id, problem }: { id: string; problem: string | undefined }) {
  if (!problem) return null;
  return (
    <p class="field-problem" id={`${id}-problem`}>
      {problem}
    </p>
  );
}

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
