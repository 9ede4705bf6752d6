import { type Log, logTypes } from './logs';

/** Which logs are exported, as the administrator has chosen. */
export interface Selection {
  /** Auth0's abbreviations of their types, some of `logTypes`. */
  types: readonly string[];
  /** Ids and names of applications, in small letters; empty: all. */
  clients: readonly string[];
  /** Ids and names of connections, in small letters; empty: all. */
  connections: readonly string[];
}

/** Which failed logins are exported: those without a type of their own, or wrong passwords and unknown users as well. */
export type FailedLogins = 'Generic' | 'All';

/** The types of logs that are exported. */
export const toTypes = (failed: FailedLogins): readonly string[] =>
  failed === 'All' ? logTypes : ['s', 'ss', 'f'];

/** As Auth0's own extension had it. */
export const defaultSelection: Selection = {
  types: toTypes('Generic'),
  clients: [],
  connections: [],
};

/** Whether one of the names is among those chosen; what a log does not name is not. */
const isAmong = (chosen: readonly string[], named: Log['client']): boolean =>
  chosen.length === 0 ||
  (named !== undefined && [named.id, named.name].some((text) => chosen.includes(text.toLowerCase())));

/**
 * Whether a log is to be exported, or to be recorded because it cannot be told that it is not: one that cannot be
 * understood at all is.
 */
export function isSelected(log: Log, { types, clients, connections }: Selection): boolean {
  if (log.unreadable !== undefined && log.type === '') return true;
  return types.includes(log.type) && isAmong(clients, log.client) && isAmong(connections, log.connection);
}
