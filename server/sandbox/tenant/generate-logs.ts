import { chance } from './chance';
import { composeLog } from './compose-log';
import { dateDigits } from './date-digits';
import { type GeneratedUsers, generateUsers } from './generate-users';
import type { GeneratedLogs } from './generated-logs';
import type { LogType } from './log-details';
import { logId } from './log-id';
import { logIdPosition } from './log-id-position';

export interface GenerateLogsOptions {
  count: number;
  /** Whom the logs name; a number makes as many users from the same seed. Default 1,000. */
  users?: GeneratedUsers | number;
  /** Share of sign-ups, logins and failed logins. Default 0.57. */
  selectedShare?: number;
  seed?: number;
  /** Date of the first log. Default 2026-01-01. */
  start?: Date | string | number;
  /** Time from one log to the next. Default one second. */
  stepMs?: number;
  /** Share of logs that name no user, one half by `''` and one by leaving the field out. Default 0.005. */
  withoutUserShare?: number;
  /** Share of logs whose user was deleted. Default 0.005. */
  deletedUserShare?: number;
}

const OTHER_TYPES: readonly LogType[] = ['slo', 'sapi', 'seacft', 'sertft', 'fp', 'fu', 'ssa'];

/**
 * A tenant's logs, made when they are asked for and the same for the same seed.
 *
 * ```ts
 * startSandbox({ tenant: { logs: generateLogs({ count: 1_000_000, users: 50_000 }) } });
 * ```
 */
export function generateLogs(options: GenerateLogsOptions): GeneratedLogs {
  const { count, seed = 1, selectedShare = 0.57, stepMs = 1000 } = options;
  const { withoutUserShare = 0.005, deletedUserShare = 0.005 } = options;
  const start = new Date(options.start ?? '2026-01-01T00:00:00.000Z').getTime();
  const given = options.users ?? 1000;
  // A login changes the profile: it is never older than the last of its user's logins.
  const lastSeen = start + count * stepMs;
  const users = typeof given === 'number' ? generateUsers({ count: given, seed, lastSeen }) : given;

  const timeAt = (index: number) => start + index * stepMs;
  const idAt = (index: number) => logId(dateDigits(timeAt(index)), index);

  function typeAt(index: number): LogType {
    const roll = chance(seed, index, 20);
    // One selected log in ten is a sign-up and one in ten a failed login.
    if (roll < selectedShare * 0.1) return 'ss';
    if (roll < selectedShare * 0.2) return 'f';
    if (roll < selectedShare) return 's';
    return OTHER_TYPES[Math.floor(chance(seed, index, 21) * OTHER_TYPES.length)] ?? 'slo';
  }

  /** Index of the user, -1 for nobody. Squared, because some users come far more often than others. */
  function userIndexAt(index: number): number {
    const roll = chance(seed, index, 22);
    if (roll < withoutUserShare || users.count === 0) return -1;
    const popularity = chance(seed, index, 23) ** 2;
    if (roll >= withoutUserShare + deletedUserShare) return Math.floor(popularity * users.count);
    return users.count + Math.floor(popularity * 1000);
  }

  function userIdAt(index: number): string | undefined {
    const user = userIndexAt(index);
    if (user >= 0) return users.idAt(user);
    return chance(seed, index, 24) < 0.5 ? '' : undefined;
  }

  return {
    count,
    users,
    typeAt,
    idAt,
    userIdAt,
    at(index) {
      const user = userIndexAt(index);
      return composeLog({
        id: idAt(index),
        type: typeAt(index),
        at: timeAt(index),
        position: index,
        userId: userIdAt(index),
        userName: user < 0 ? '' : `user${user}@customer.example`,
      });
    },
    indexOf(id) {
      const index = logIdPosition(id);
      return index >= 0 && index < count && idAt(index) === id ? index : undefined;
    },
  };
}
