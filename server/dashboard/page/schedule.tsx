import { useEffect, useId, useState } from 'preact/hooks';
import { Button } from '../../ui/components';
import type { InstalledState } from '../api/types';
import { callApi, describeProblem, useAction } from './api';
import { Dialog } from './dialogs';

/** What a schedule means. */
interface SchedulePreview {
  description: string;
  /** ISO 8601. */
  next: string[];
  problem: string;
}

/** Somebody who types is not asked about each key. */
const PAUSE_MS = 200;

/** Asks the host what a schedule means, while it is being entered. */
function useSchedulePreview(cron: string, timeZone: string): SchedulePreview | undefined {
  const [preview, setPreview] = useState<SchedulePreview>();
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(async () => {
      const query = new URLSearchParams({ cron, timeZone });
      const answer = await callApi<Omit<SchedulePreview, 'problem'>>(`/api/schedule?${query}`).then(
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
  isOverridden,
  onChange,
}: {
  cron: string;
  timeZone: string;
  isOverridden: boolean;
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
          aria-invalid={preview?.problem ? true : undefined}
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
        {preview?.problem ? (
          <p class="field-problem">{preview.problem}</p>
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

/** Changes when the job runs. */
export function RescheduleDialog({
  installed,
  onClose,
  onDone,
}: {
  installed: InstalledState;
  onClose: () => void;
  onDone: () => void;
}) {
  const { job, isScheduleGiven } = installed;
  const [schedule, setSchedule] = useState({ cron: job.schedule, timeZone: job.tz });
  const { isBusy, problem, act } = useAction();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const input = { schedule: schedule.cron, timeZone: schedule.timeZone };
    if (await act(() => callApi('/api/job/schedule', input))) onDone();
  };
  return (
    <Dialog title="Reschedule the job" onClose={onClose}>
      <form class="form" onSubmit={submit}>
        {isScheduleGiven && (
          <p>The schedule is given as SCHEDULE from outside. Change it there and start again.</p>
        )}
        <ScheduleField
          cron={schedule.cron}
          timeZone={schedule.timeZone}
          isOverridden={isScheduleGiven}
          onChange={(cron, timeZone) => setSchedule({ cron, timeZone })}
        />
        <p class="muted small">Six fields: second, minute, hour, day of the month, month, day of the week.</p>
        <div class="form-end">
          {problem && (
            <p class="field-problem" role="alert">
              {problem}
            </p>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="main" type="submit" disabled={isBusy || isScheduleGiven}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
