import { useState } from 'preact/hooks';
import { Button } from '../../ui/button';
import type { InstalledState } from '../dashboard-state';
import { callApi } from './call-api';
import { Dialog } from './dialog';
import { ScheduleField } from './schedule-field';
import { useAction } from './use-action';

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
          isGiven={isScheduleGiven}
          onChange={(cron, timeZone) => setSchedule({ cron, timeZone })}
        />
        <p class="quiet small">Six fields: second, minute, hour, day of the month, month, day of the week.</p>
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
