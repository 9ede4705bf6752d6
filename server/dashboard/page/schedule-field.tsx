import { useId } from 'preact/hooks';
import { useSchedulePreview } from './use-schedule-preview';
import { zonedTime } from './zoned-time';

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
  isGiven,
  onChange,
}: {
  cron: string;
  timeZone: string;
  isGiven: boolean;
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
          disabled={isGiven}
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
          disabled={isGiven}
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
          disabled={isGiven}
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
                <strong>{preview.words}</strong>, {timeZone} time. The next five:
              </p>
              <ol class="times quiet number">
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
