import { useEffect, useId, useState } from 'preact/hooks';
import { Button } from '../../ui/components';
import type { ScheduleChange, SchedulePreview, TenantDetails } from '../api/view';
import { callApi, describeProblem, tenantPath, useAction } from './api';
import { Dialog, FormEnd } from './dialogs';

/** Somebody who types is not asked about each key. */
const PAUSE_MS = 200;

/** Asks the host what a schedule means, while it is being entered. */
function useSchedulePreview(
  cron: string,
  timeZone: string,
): (SchedulePreview & { problem: string }) | undefined {
  const [preview, setPreview] = useState<SchedulePreview & { problem: string }>();
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(async () => {
      const query = new URLSearchParams({ cron, timeZone });
      const answer = await callApi<SchedulePreview>(`/api/schedule?${query}`).then(
        (meaning) => ({ ...meaning, problem: '' }),
        (error: unknown) => ({ description: '', next: [], problem: describeProblem(error) }),
      );
      if (isCurrent) setPreview(answer);
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [cron, timeZone]);
  return preview;
}

/** A point in time as the clocks of a time zone show it. */
export function zonedTime(iso: string, timeZone: string): string {
  return new Date(iso).toLocaleString(undefined, {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
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
  isOverridden = false,
  problem = '',
  onChange,
}: {
  cron: string;
  timeZone: string;
  isOverridden?: boolean;
  /** Why the host has refused it. */
  problem?: string | undefined;
  onChange: (cron: string, timeZone: string) => void;
}) {
  const id = useId();
  const preview = useSchedulePreview(cron, timeZone);
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
          onChange={(event) => event.currentTarget.value && onChange(event.currentTarget.value, timeZone)}
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
          aria-invalid={preview?.problem || problem ? true : undefined}
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
        {preview?.problem || problem ? (
          <p class="field-problem">{preview?.problem || problem}</p>
        ) : (
          preview && (
            <>
              <p>
                <strong>{preview.description}</strong>, {timeZone} time. The next five:
              </p>
              <ol class="times muted number">
                {preview.next.map((time) => (
                  <li key={time}>{zonedTime(time, timeZone)}</li>
                ))}
              </ol>
            </>
          )
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
  onDone: () => void;
}) {
  const { cron, timeZone, setBy } = details.schedule;
  const [schedule, setSchedule] = useState<ScheduleChange>({ schedule: cron, timeZone });
  const { isBusy, problem, act } = useAction();
  const isOverridden = setBy !== '';
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (await act(() => callApi(tenantPath(details.summary.name, 'schedule'), schedule))) onDone();
  };
  return (
    <Dialog title={`Reschedule ${details.summary.name}`} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        {isOverridden && <p>The schedule is set by {setBy}. Change it there.</p>}
        <ScheduleField
          cron={schedule.schedule}
          timeZone={schedule.timeZone}
          isOverridden={isOverridden}
          onChange={(cron, timeZone) => setSchedule({ schedule: cron, timeZone })}
        />
        <p class="muted small">Six fields: second, minute, hour, day of the month, month, day of the week.</p>
        <FormEnd problem={problem}>
          <Button onClick={onClose}>{isOverridden ? 'Close' : 'Cancel'}</Button>
          {!isOverridden && (
            <Button kind="main" type="submit" disabled={isBusy}>
              Save
            </Button>
          )}
        </FormEnd>
      </form>
    </Dialog>
  );
}
