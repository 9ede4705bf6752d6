import * as v from 'valibot';
import type { Log } from './log';
import { logTypes } from './log-types';

const identified = v.pipe(
  v.object({ log_id: v.nullish(v.string()), _id: v.nullish(v.string()) }),
  v.transform(({ log_id, _id }) => log_id || _id || ''),
  v.nonEmpty(),
);

const typed = v.object({ type: v.string(), date: v.fallback(v.string(), '') });

const exported = v.object({
  type: v.string(),
  date: v.pipe(
    v.string(),
    v.check((date) => !Number.isNaN(Date.parse(date))),
  ),
  user_id: v.nullish(v.string(), ''),
});

/**
 * Takes what the export needs from one entry of a page of logs. A log of a type that is not exported needs
 * an id and a type only; one that ought to be exported and cannot be is marked as unreadable.
 *
 * @returns `undefined` for an entry without an id, which cannot even be named
 */
export function parseLog(entry: unknown): Log | undefined {
  const id = v.safeParse(identified, entry);
  if (!id.success) return undefined;
  const other = v.safeParse(typed, entry);
  if (other.success && !Object.hasOwn(logTypes, other.output.type)) {
    return { id: id.output, type: other.output.type, date: other.output.date, userId: '' };
  }
  const log = v.safeParse(exported, entry);
  if (log.success) {
    return { id: id.output, type: log.output.type, date: log.output.date, userId: log.output.user_id };
  }
  const fields = log.issues.map((issue) => v.getDotPath(issue)).join(', ');
  return {
    id: id.output,
    type: other.success ? other.output.type : '',
    date: '',
    userId: '',
    unreadable: `The log cannot be understood: ${fields} is missing or malformed.`,
  };
}
