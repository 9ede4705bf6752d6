import * as v from 'valibot';

/** Longer than anything that a setting can mean. */
const LONGEST_VALUE = 2_000;

const value = v.pipe(v.string(), v.maxLength(LONGEST_VALUE));

/** What a browser sends to install the extension or to change its settings. */
export const formInput = v.object({
  /** By the names of the settings; an empty password keeps what is saved. */
  settings: v.record(v.string(), value),
  /** Names of saved passwords that are to go. */
  clear: v.optional(v.array(v.string()), []),
  /** Of the Dashboard, where credentials change. */
  password: v.optional(value),
  schedule: v.optional(value),
  timeZone: v.optional(value),
});

export type FormInput = v.InferOutput<typeof formInput>;
