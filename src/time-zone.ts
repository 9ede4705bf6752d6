/** Returns true if `Intl` knows a time zone by this IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns the time zone of this machine or browser as an IANA name, such as `Europe/Berlin`. It is UTC if none is
 * configured that `Intl` knows, as with TZ=UTC0: times are then in UTC.
 */
export function localTimeZone(
  { timeZone }: { timeZone?: string | undefined } = Intl.DateTimeFormat('en').resolvedOptions(),
): string {
  return timeZone !== undefined && isTimeZone(timeZone) ? timeZone : 'UTC';
}
