/** `POST /api/sample`, with the settings as they are entered: what Segment would get of a made-up login. */
export interface CallSample {
  /** As they leave; none where something is wrong. */
  calls: Record<string, unknown>[];
  /** Fields of the profile that stay here. */
  excluded: string[];
  /** Sentences. */
  problems: string[];
}

/**
 * `POST /api/check`: checks a tenant as it is, or with what is entered. Answers a `CheckLine` as JSON in each line, as
 * each becomes known.
 */
export interface ConnectionCheck {
  /** Its name; left out for one that is yet to be added. */
  tenant?: string;
  /** As in a change: what is left out stays, and an empty password is the one that is saved. */
  settings?: Record<string, string>;
  clear?: string[];
  /** Whether Slack gets a test message. */
  slackMessage: boolean;
  /** Whether Segment gets a test event, and nothing else is checked. */
  testEventOnly?: boolean;
}

export type { CheckLine } from '../../tenants/check-line';

/** `GET /api/tenants/NAME/preview?logs=10[&from=newest]`: what the next run would send of real logs. */
export interface CallPreview {
  calls: {
    /** ISO 8601: of the log. */
    time: string;
    kind: 'identify' | 'group' | 'track';
    /** Empty but for a track. */
    event: string;
    userId: string;
    /** `null` where applications are not told. */
    application: string | null;
    /** As it would leave. */
    sent: Record<string, unknown>;
  }[];
  /** Fields of the profile that stay here, as dotted paths. */
  excluded: string[];
  /** Logs that were looked at and are exported, and those of them without a user. */
  logs: number;
  skipped: number;
  /** Logs that no call could be made of. */
  rejected: { logId: string; reason: string }[];
  /** Whether there are more. */
  moreToCome: boolean;
  /** Sentences. */
  warnings: string[];
}
