/** What the command line can do, in a line each. */
export const commands = {
  start: 'Host the extension: its schedule, its page, and the Dashboard.',
  run: 'Export once, and end. For systemd timers, Kubernetes CronJobs and CI.',
  status: 'Say how the export does. Only reads, also while a host is running.',
  replay: 'Send a stretch of logs again, without moving the checkpoint.',
} as const;

export type CommandName = keyof typeof commands;
