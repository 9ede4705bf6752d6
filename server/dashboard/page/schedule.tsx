import { useEffect, useId, useState } from 'preact/hooks';
import { Button } from '../../ui/components';
import type { ScheduleChange, SchedulePreview, TenantDetails } from '../api/view';
import { ApiProblem, callApi, describeProblem, type Reload, tenantPath, useAction } from './api';
import { Dialog, FormEnd } from './dialogs';
import { ScheduledTime } from './tenant-state';
import { CancelButton } from './unsaved';

/** Somebody who types is not asked about each key. */
const PAUSE_MS = 200;

/** What a schedule means that was entered, or what is wrong with it. */
interface Meaning extends SchedulePreview {
  /** What was entered. */
  of: string;
  /** In which its times are shown. */
  timeZone: string;
  problem: string;
  problems: Readonly<Record<string, string>>;
}

/** Asks the host what a schedule means, while it is being entered; `undefined` until that is known. */
function useMeaning(cron: string, timeZone: string, tenant: string): Meaning | undefined {
  const [meaning, setMeaning] = useState<Meaning>();
  const of = String(new URLSearchParams({ cron, timeZone, ...(tenant ? { tenant } : {}) }));
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(async () => {
      const answer = await callApi<SchedulePreview>(`/api/schedule?${of}`).then(
        (preview): Meaning => ({ ...preview, of, timeZone, problem: '', problems: {} }),
        (error: unknown): Meaning => ({
          of,
          description: '',
          warning: '',
          next: [],
          isSpread: false,
          timeZone: '',
          problem: describeProblem(error),
          problems: error instanceof ApiProblem ? error.problems : {},
        }),
      );
      if (isCurrent) setMeaning(answer);
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [of, timeZone]);
  return meaning?.of === of ? meaning : undefined;
}

/** What most want. */
const COMMON = [
  { cron: '0 * * * * *', text: 'Every minute' },
  { cron: '0 */5 * * * *', text: 'Every 5 minutes' },
  { cron: '0 */15 * * * *', text: 'Every 15 minutes' },
  { cron: '0 0 * * * *', text: 'Every hour' },
  { cron: '0 0 3 * * *', text: 'Every day at 03:00' },
];

/** A schedule to be entered: chosen or written, with its meaning and its next times below. */
export function ScheduleField({
  cron,
  timeZone,
  tenant = '',
  isOverridden = false,
  problems = {},
  onChange,
}: {
  cron: string;
  timeZone: string;
  /** Whose runs begin a little later than the schedule says, where there are several; empty for one that is yet to be added. */
  tenant?: string;
  isOverridden?: boolean;
  /** Why the host has refused `schedule` or `timeZone`. */
  problems?: Readonly<Record<string, string>>;
  onChange: (cron: string, timeZone: string) => void;
}) {
  const id = useId();
  const meaning = useMeaning(cron, timeZone, tenant);
  const wrong = { ...problems, ...meaning?.problems };
  const sentences = [wrong.schedule, wrong.timeZone].filter((sentence) => sentence !== undefined);
  if (sentences.length === 0 && meaning?.problem) sentences.push(meaning.problem);
  const isCommon = COMMON.some((one) => one.cron === cron);
  return (
    <div class="field">
      <label for={id}>Schedule</label>
      <div class="schedule">
        <select
          class="input"
          aria-label="Common schedules"
          disabled={isOverridden}
          value={isCommon ? cron : ''}
          onInput={(event) => event.currentTarget.value && onChange(event.currentTarget.value, timeZone)}
        >
          {COMMON.map((one) => (
            <option key={one.cron} value={one.cron}>
              {one.text}
            </option>
          ))}
          <option value="">Another one</option>
        </select>
        <input
          id={id}
          name="schedule"
          class="input code"
          value={cron}
          disabled={isOverridden}
          spellcheck={false}
          autocomplete="off"
          aria-invalid={wrong.schedule ? true : undefined}
          aria-describedby={`${id}-meaning`}
          onInput={(event) => onChange(event.currentTarget.value, timeZone)}
        />
        <input
          class="input"
          name="timeZone"
          aria-label="Time zone"
          value={timeZone}
          disabled={isOverridden}
          list={`${id}-zones`}
          aria-invalid={wrong.timeZone ? true : undefined}
          aria-describedby={`${id}-meaning`}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => onChange(cron, event.currentTarget.value)}
        />
        <datalist id={`${id}-zones`}>
          {Intl.supportedValuesOf('timeZone').map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
      </div>
      <div id={`${id}-meaning`} class="small meaning" aria-live="polite">
        {sentences.map((sentence) => (
          <p key={sentence} class="field-problem">
            {sentence}
          </p>
        ))}
        {!meaning && sentences.length === 0 && <p class="muted">Looking up the next runs…</p>}
        {meaning && sentences.length === 0 && (
          <>
            <p>
              <strong>{meaning.description}</strong>, {meaning.timeZone} time. The next five:
            </p>
            <ol class="times muted number">
              {meaning.next.map((time) => (
                <li key={time}>
                  <ScheduledTime iso={time} timeZone={meaning.timeZone} />
                </li>
              ))}
            </ol>
            {meaning.warning && <p class="is-warn">{meaning.warning}</p>}
            {meaning.isSpread && (
              <p class="muted">
                Each of several tenants begins a little later than its schedule says, so that not all begin at
                once.
              </p>
            )}
          </>
        )}
      </div>
    </div>
  );
}

/** Changes when a tenant's runs begin. */
export function ScheduleDialog({
  details,
  onClose,
  onDone,
}: {
  details: TenantDetails;
  onClose: () => void;
  onDone: Reload;
}) {
  const { cron, timeZone, setBy } = details.schedule;
  const [schedule, setSchedule] = useState<ScheduleChange>({ schedule: cron, timeZone });
  const { isBusy, problem, problems, act, forget } = useAction();
  const isOverridden = setBy !== '';
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    await act(async () => {
      await callApi(tenantPath(details.summary.name, 'schedule'), schedule);
      await onDone();
    });
  };
  return (
    <Dialog title={`Reschedule ${details.summary.name}`} isSaved onClose={onClose}>
      <form class="form" onSubmit={submit}>
        {isOverridden && <p>The schedule is set by {setBy}. Change it there.</p>}
        <ScheduleField
          cron={schedule.schedule}
          timeZone={schedule.timeZone}
          tenant={details.summary.name}
          isOverridden={isOverridden}
          problems={problems}
          onChange={(cron, timeZone) => {
            // What was refused is not what is entered now.
            forget();
            setSchedule({ schedule: cron, timeZone });
          }}
        />
        <p class="muted small">
          Minute, hour, day of the month, month, day of the week; with six fields, the first is the second. Or
          @hourly, @daily, @weekly, @monthly.
        </p>
        <FormEnd problem={Object.keys(problems).length > 0 ? 'Nothing was saved.' : problem}>
          <CancelButton text={isOverridden ? 'Close' : 'Cancel'} />
          {!isOverridden && (
            <Button kind="main" type="submit" isBusy={isBusy}>
              Save
            </Button>
          )}
        </FormEnd>
      </form>
    </Dialog>
  );
}
