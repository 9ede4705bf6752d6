import { useId, useState } from 'preact/hooks';
import { useAction } from './api';
import { FieldLabel, FieldProblem, wrongAttributes } from './form-fields';
import { useRefusals } from './settings-dialog';
import { useFirstStart } from './start-dialog';
import { suggestName } from './tenant-copy';

/** What a tenant is called here. */
function NameField({
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
function useSuggestedName(onSuggested: () => void) {
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

/**
 * What both ways to add a tenant ask for, its name and where it starts, and what the host refuses of all that is entered.
 *
 * @param scheduled the zone of its schedule
 */
export function useNewTenant(scheduled: string) {
  const { isBusy, act, ...refusals } = useAction();
  const { onInput: onEntered, ...refused } = useRefusals(refusals);
  const { problems, edit } = refused;
  const { name, setName, suggest } = useSuggestedName(() => edit('name'));
  const start = useFirstStart(scheduled, problems.START_FROM, () => edit('START_FROM'));
  const onInput = (event: InputEvent) => {
    onEntered(event);
    suggest(event);
  };
  const nameField = <NameField name={name} problem={problems.name} onInput={setName} />;
  return { isBusy, act, ...refused, onInput, name, nameField, start };
}
