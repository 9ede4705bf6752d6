import { type LogFacts, type LogType, logDetails } from './log-details';
import { logMarks } from './log-marks';
import type { TenantLog } from './tenant-log';

/** What makes one log differ from the next of its type. */
export interface LogParts extends LogFacts {
  id: string;
  type: LogType;
  /** `undefined`: the log has no `user_id` at all. */
  userId: string | undefined;
}

/** A log of the given type with every field that Auth0's schema of the type asks for. */
export function composeLog({ id, type, at, position, userId, userName }: LogParts): TenantLog {
  const [strategy, connection] = connectionOf(userId);
  const log: TenantLog = {
    date: new Date(at).toISOString(),
    type,
    description: `${logMarks.description} ${position}`,
    connection,
    connection_id: 'con_sandbox',
    client_id: logMarks.clientId,
    client_name: logMarks.clientName,
    ip: `${logMarks.ip}${position % 256}`,
    user_agent: `${logMarks.userAgent} 120.0.0 / Mac OS X 10.15.${position % 10}`,
    details: logDetails[type]({ at, position, userName }),
    hostname: logMarks.hostname,
    user_id: userId ?? '',
    user_name: userName,
    strategy,
    strategy_type: strategy === 'auth0' ? 'database' : 'social',
    organization_name: logMarks.organization,
    audience: 'https://shop.example/api',
    environment_name: 'prod-us-1',
    tenant_name: 'sandbox-tenant',
    is_mobile: false,
    log_id: id,
    _id: id,
    isMobile: false,
  };
  if (userId === undefined) delete log.user_id;
  return log;
}

function connectionOf(userId: string | undefined): [strategy: string, connection: string] {
  const bar = userId?.indexOf('|') ?? -1;
  const strategy = userId === undefined || bar < 0 ? 'auth0' : userId.slice(0, bar);
  return [strategy, strategy === 'auth0' ? 'Username-Password-Authentication' : strategy];
}
