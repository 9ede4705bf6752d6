/** ISO 8601 in extended form: a day, or a day and a time whose zone may be missing. */
const ISO_DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * Reads a date that Auth0 returned. A date without a zone is UTC: `Date.parse` alone would use the host's zone.
 *
 * @returns ISO 8601 with a zone, or a day; `undefined` if the value is anything else
 */
export function parseAuth0Date(value: unknown): string | undefined {
  const [, day, time, zone = 'Z'] = typeof value === 'string' ? (ISO_DATE.exec(value) ?? []) : [];
  if (day === undefined) return undefined;
  const date = time === undefined ? day : `${day}T${time}${zone}`;
  return Number.isNaN(Date.parse(date)) ? undefined : date;
}

/** `900`, then `YYYYMMDDhhmmss` and milliseconds in UTC, then a sequence: 49 to 56 digits in all. */
const TIMED_LOG_ID = /^900(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3}|)\d*$/;
/** The id of older logs; its first eight digits are the seconds since 1970. */
const OBJECT_ID = /^[\da-f]{24}$/i;

/**
 * Returns the time that a log id holds, as ISO 8601. It is up to six seconds later than the log's `date`.
 *
 * @returns `undefined` for an id of another form
 */
export function timeInLogId(id: string): string | undefined {
  const [, year, month, day, hour, minute, second, ms] = TIMED_LOG_ID.exec(id) ?? [];
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms || '000'}Z`;
  const time = new Date(text);
  // `Date` accepts the 31st of any month.
  if (!Number.isNaN(time.getTime()) && time.toISOString() === text) return text;
  return OBJECT_ID.test(id) ? new Date(Number.parseInt(id.slice(0, 8), 16) * 1000).toISOString() : undefined;
}
