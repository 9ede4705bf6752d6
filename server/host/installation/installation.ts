import * as v from 'valibot';

/** The job as the platform's cron view describes it. */
const job = v.object({
  name: v.string(),
  state: v.picklist(['active', 'inactive']),
  /** Six fields, seconds first. */
  schedule: v.string(),
  /** IANA time zone. */
  tz: v.string(),
  /** ISO 8601; `null` while it is inactive. */
  next_available_at: v.nullable(v.string()),
});

/** What this host knows of the extension: kept in one file, so that no change is ever half made. */
export const installation = v.object({
  /** The webtask's own token, which triggers its runs. */
  token: v.string(),
  /** What the platform calls EXTENSION_SECRET: signs the sessions of the extension's page. */
  extensionSecret: v.string(),
  /** `null` after it was uninstalled. */
  installed: v.nullable(
    v.object({
      /** ISO 8601. */
      at: v.string(),
      /** Settings as they were entered, all of them strings; those given from outside are not among them. */
      settings: v.record(v.string(), v.string()),
      job,
    }),
  ),
});

export type Installation = v.InferOutput<typeof installation>;
export type Installed = NonNullable<Installation['installed']>;
export type Job = v.InferOutput<typeof job>;
