/** What the host itself is told, with what holds where nothing is said. */
export const hostOptionDefaults = {
  /** Folder of settings, job, state and history. */
  DATA_DIR: 'data',
  /** Port of the Dashboard; 0 takes a free one. */
  PORT: '3001',
  /** Address that the Dashboard listens on. */
  ADDRESS: '127.0.0.1',
  /** Needed on any address but this machine's own. */
  DASHBOARD_PASSWORD: '',
  /** Where browsers find the Dashboard, when something stands before it, such as a proxy. */
  DASHBOARD_URL: '',
  /** Proxies that may say on whose behalf they ask: how many, or their addresses. */
  TRUST_PROXY: '',
  /** Opens the metrics; empty: they need a session where there is a password. */
  METRICS_TOKEN: '',
  /** Minutes after which a session ends in which nobody does anything. */
  SESSION_IDLE_MINUTES: '30',
  /** Of the job, six fields; empty: as the manifest says, and as changed in the Dashboard. */
  SCHEDULE: '',
  /** IANA time zone of the schedule; empty: this machine's. */
  SCHEDULE_TIMEZONE: '',
} as const;

export type HostOptionName = keyof typeof hostOptionDefaults;
