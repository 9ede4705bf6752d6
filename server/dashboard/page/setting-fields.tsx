import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { bareDomain } from '../../../src/settings';
import type { Field } from '../api/view';
import { CallsToSegment } from './call-sample';
import { FieldLabel, FieldProblem, wrongAttributes } from './form-fields';

/** A setting in a form: its name, what it means, and where it is entered. */
function SettingField({
  field,
  problem,
  state = '',
}: {
  field: Field;
  problem: string | undefined;
  /** What has become of its value, in a sentence. */
  state?: string | undefined;
}) {
  const id = useId();
  const { name, label, kind, setBy, isSaved, hint, isRequired } = field;
  const isOverridden = setBy !== '';
  const ending = hint && ` (${hint})`;
  const isReference = /^(env|file):/.test(setBy);
  const common = {
    id,
    name,
    disabled: isOverridden,
    ...wrongAttributes(id, problem),
    class: 'input',
  };
  const entry = {
    defaultValue: field.value,
    spellcheck: false,
    placeholder: isOverridden
      ? `Set by ${setBy}${ending}`
      : isSaved
        ? `Saved${ending}. Leave empty to keep it.`
        : '',
  };
  /** Shows what will be kept of a pasted address. */
  const onBlur = ({ currentTarget }: FocusEvent & { currentTarget: HTMLInputElement }) => {
    if (name === 'AUTH0_DOMAIN') currentTarget.value = bareDomain(currentTarget.value);
  };
  return (
    <div class="field">
      <FieldLabel
        id={id}
        label={label}
        name={name}
        note={isRequired && !isSaved && !isOverridden ? '(required)' : ''}
      />
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
        <input {...common} {...entry} type="text" autocomplete="off" onBlur={onBlur} />
      )}
      <FieldProblem id={id} problem={problem} />
      <p class="muted small" id={`${id}-about`}>
        {isOverridden && (
          <strong>
            {isReference ? 'Read from ' : 'Set by '}
            <code>{setBy}</code>
            {isReference ? ' at each run, and changed there. ' : ', and changed there. '}
          </strong>
        )}
        {state && <strong>{state} </strong>}
        {field.description}
      </p>
      {isSaved && !isRequired && !isOverridden && (
        <label class="check small">
          <input type="checkbox" name={`clear:${name}`} /> Remove what is saved
        </label>
      )}
    </div>
  );
}

/** What is not required, below its heading. */
const GROUPS = [
  { group: 'sent', title: 'What is sent', about: 'which calls, with which names and fields', isOpen: false },
  { group: 'when', title: 'When', about: 'schedule and start', isOpen: true },
  { group: 'slack', title: 'Slack', about: 'reports of runs', isOpen: true },
  { group: 'advanced', title: 'Advanced', about: 'how many logs at a time', isOpen: false },
] as const;

/** Settings below a heading, which hides or shows them. */
function Group({
  title,
  about,
  isOpen: isOpenFirst,
  children,
}: {
  title: string;
  about: string;
  isOpen: boolean;
  /** Made of whether they are shown. */
  children: (isOpen: boolean) => ComponentChildren;
}) {
  const [isOpen, setOpen] = useState(isOpenFirst);
  return (
    <details class="group" open={isOpenFirst} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {title} <span class="group-about muted small">{about}</span>
      </summary>
      {children(isOpen)}
    </details>
  );
}

/** The settings in two columns: those without which nothing runs first, the rest by what they are about. */
export function SettingFields({
  fields,
  problems,
  beside,
  children,
  when,
  states = {},
}: {
  fields: readonly Field[];
  problems: Readonly<Record<string, string>>;
  /** Among what is required. */
  beside?: ComponentChildren;
  /** Below what is required. */
  children?: ComponentChildren;
  /** Above the settings that say when runs begin and where. */
  when?: ComponentChildren;
  /** What has become of values, by the names of settings. */
  states?: Readonly<Record<string, string>>;
}) {
  const of = (group: Field['group']) => fields.filter((field) => field.group === group);
  const [sent, setSent] = useState(() =>
    Object.fromEntries(of('sent').map(({ name, value }) => [name, value])),
  );
  const note = ({ target }: Event) => {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    const { name, value } = target;
    if (name in sent) setSent((before) => ({ ...before, [name]: value }));
  };
  const show = (group: Field['group']) => (
    <div class="fields">
      {of(group).map((field) => (
        <SettingField
          key={field.name}
          field={field}
          problem={problems[field.name]}
          state={states[field.name]}
        />
      ))}
      {group === 'connection' && beside}
    </div>
  );
  return (
    <>
      {show('connection')}
      {children}
      <div class="groups" onInput={note}>
        {GROUPS.map(({ group, ...heading }) => (
          <Group key={group} {...heading}>
            {(isOpen) => (
              <>
                {group === 'when' && when}
                {show(group)}
                {group === 'sent' && isOpen && <CallsToSegment settings={sent} />}
              </>
            )}
          </Group>
        ))}
      </div>
    </>
  );
}
