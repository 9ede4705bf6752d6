import { useId, useState } from 'preact/hooks';
import { suggestName } from './tenant-copy';

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

/** What a tenant is called here. */
export function NameField({
  name,
  problem,
  onInput,
}: {
  name: string;
  problem: string | undefined;
  onInput: (name: string) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <FieldLabel id={id} label="Name" name="" note="(required)" />
      <input
        id={id}
        name="name"
        class="input"
        value={name}
        maxLength={63}
        spellcheck={false}
        autocomplete="off"
        {...wrongAttributes(id, problem)}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <FieldProblem id={id} problem={problem} />
      <p class="muted small" id={`${id}-about`}>
        What the tenant is called here, on the command line and in metrics: lower-case letters, digits and
        hyphens. It stays as it is.
      </p>
    </div>
  );
}

/**
 * A name for the tenant that follows its domain, until somebody enters one.
 *
 * @param onSuggested called when it has become another
 */
export function useSuggestedName(onSuggested: () => void) {
  const [name, setName] = useState<string>();
  const [suggested, setSuggested] = useState('');
  const suggest = ({ target }: InputEvent) => {
    if (target instanceof HTMLInputElement && target.name === 'AUTH0_DOMAIN') {
      setSuggested(suggestName(target.value));
      if (name === undefined) onSuggested();
    }
  };
  return { name: name ?? suggested, setName, suggest };
}
