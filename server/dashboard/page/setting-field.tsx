import { useId } from 'preact/hooks';
import type { Field } from '../settings/field';

/** A setting in a form: its name, what it means, and where it is entered. */
export function SettingField({ field, problem }: { field: Field; problem: string | undefined }) {
  const id = useId();
  const { name, kind, isGiven, isSaved, isRequired } = field;
  const described = `${id}-about${problem ? ` ${id}-problem` : ''}`;
  const common = {
    id,
    name,
    disabled: isGiven,
    'aria-describedby': described,
    'aria-invalid': problem ? true : undefined,
    class: 'input',
  };
  const entry = {
    defaultValue: field.value,
    spellcheck: false,
    placeholder: isGiven ? 'Given from outside' : isSaved ? 'Saved. Leave empty to keep it.' : '',
  };
  return (
    <div class="field">
      <label for={id}>
        {name}
        {isRequired && !isSaved && <span class="quiet"> (required)</span>}
      </label>
      {kind === 'select' ? (
        <select {...common} defaultValue={field.value}>
          {field.options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === field.value}>
              {option.text}
            </option>
          ))}
        </select>
      ) : kind === 'password' ? (
        <input {...common} {...entry} type="password" autocomplete="new-password" />
      ) : (
        <input {...common} {...entry} type="text" autocomplete="off" />
      )}
      {problem && (
        <p class="field-problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      <p class="quiet small" id={`${id}-about`}>
        {field.description}
        {isGiven && ' It is given by arguments, environment or config.json, and is changed there.'}
      </p>
      {isSaved && !isRequired && !isGiven && (
        <label class="check small">
          <input type="checkbox" name={`clear:${name}`} /> Remove what is saved
        </label>
      )}
    </div>
  );
}
