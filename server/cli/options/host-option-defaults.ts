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
  /** Of the job, six fields; empty: as the manifest says, and as changed in the Dashboard. */
  SCHEDULE: '',
  /** IANA time zone of the schedule; empty: this machine's. */
  SCHEDULE_TIMEZONE: '',
} as const;

export type HostOptionName = keyof typeof hostOptionDefaults;
