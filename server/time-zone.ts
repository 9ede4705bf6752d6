import { isTimeZone } from '../src/time-zone';

/** The time zone that schedules use if no setting names one. */
export interface DefaultTimeZone {
  /** IANA name. */
  timeZone: string;
  /** Set if the machine's own time zone can't be used. */
  warning?: string;
}

/**
 * Returns the machine's time zone, or UTC if the machine reports none that Node can use: TZ may be a POSIX rule such as
 * `UTC0`, a file such as `:/etc/localtime`, an offset such as `GMT+3`, or a name that doesn't exist.
 *
 * @param reported by `Intl.DateTimeFormat().resolvedOptions().timeZone`, which can be `undefined` or `Etc/Unknown`
 * @param tz value of the environment variable TZ
 */
export function defaultTimeZone(reported: string | undefined, tz: string | undefined): DefaultTimeZone {
  if (reported !== undefined && isTimeZone(reported)) return { timeZone: reported };
  const cause =
    tz === undefined ? "This machine's time zone" : `TZ is ${JSON.stringify(tz.slice(0, 100))}, which`;
  return {
    timeZone: 'UTC',
    warning: `${cause} is not a time zone that Node knows. Schedules use UTC. To use another time zone, set SCHEDULE_TIMEZONE.`,
  };
}

/** Reads the time zone of the machine that this process runs on. */
export function readMachineTimeZone(env: Readonly<Record<string, string | undefined>>): DefaultTimeZone {
  return defaultTimeZone(Intl.DateTimeFormat().resolvedOptions().timeZone, env.TZ);
}
