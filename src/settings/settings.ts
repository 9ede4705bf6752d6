/** A tenant, and the client that reaches it. */
export interface TenantSettings {
  /** Bare host name. */
  domain: string;
  clientId: string;
  clientSecret: string;
}

/** Where and how a run exports, as its settings say. */
export interface Settings {
  tenant: TenantSettings;
  segment: {
    writeKey: string;
    /** Base URL of Segment's HTTP API. */
    endpoint: string;
  };
  /** Logs in a batch, 1 to 100. */
  batchSize: number;
  /** Id of the log to start with; empty to go on from the checkpoint. */
  startFrom: string;
}

/** Where a run reports to; known even where other settings are wrong, so that this can be reported. */
export interface SlackSettings {
  /** `undefined` where no reports are wanted, or the setting is unusable. */
  webhook: string | undefined;
  sendSuccess: boolean;
  dailyReport: boolean;
}

/** What is in a run's settings. */
export interface ParsedSettings {
  /** `undefined` where a setting makes a run impossible. */
  settings: Settings | undefined;
  /** `undefined` where the tenant cannot be reached with these; known even where other settings are wrong. */
  tenant: TenantSettings | undefined;
  slack: SlackSettings;
  /** What makes a run impossible: each names the setting, the value and the remedy. */
  problems: string[];
  /** What is wrong but does not stop a run. */
  warnings: string[];
}
