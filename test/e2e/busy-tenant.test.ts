import { describe, expect, test } from 'vitest';
import { generateLogs } from '../../server/sandbox/tenant/generate-logs';
import type { UnknownCheckpoint } from '../../server/sandbox/tenant/state';
import { openVirtualExport } from '../support/open-virtual-export';
import { trackId } from '../support/track-id';

const logs = generateLogs({ count: 1_500, users: 100 });
/** Enough for many gaps. */
const manyLogs = generateLogs({ count: 5_000, users: 100 });

/** Returns the positions of the logs that must reach Segment. */
const exportedOf = ({ count, typeAt, userIdAt }: typeof logs): number[] =>
  Array.from({ length: count }, (_, position) => position).filter(
    (position) => ['s', 'ss', 'f'].includes(typeAt(position)) && Boolean(userIdAt(position)),
  );
const exported = exportedOf(logs);

/** A tenant that forgets its oldest logs with each request for logs. */
async function openBusy(
  unknownCheckpoint: UnknownCheckpoint,
  expirePerRequest: number,
  options: Omit<NonNullable<Parameters<typeof openVirtualExport>[0]>, 'sandbox'> = {},
  tenantLogs = logs,
) {
  const { sandbox, webtask } = await openVirtualExport({
    ...options,
    sandbox: { tenant: { logs: tenantLogs, unknownCheckpoint, expirePerRequest, recordRequests: true } },
  });
  /** Positions of the logs from `first` on that Segment did not get. */
  const missing = (first = 0): number[] => {
    const ids = sandbox.segment.ids('track');
    return exportedOf(tenantLogs).filter(
      (position) => position >= first && !ids.has(trackId(sandbox, tenantLogs.idAt(position))),
    );
  };
  return { sandbox, webtask, missing };
}

describe.each(['following', '400', '404'] as const)(
  'where Auth0 answers a log that is gone with %s',
  (gone) => {
    test('the first run delivers all of 1,500 logs of which three expire with each request', async () => {
      const { sandbox, webtask, missing } = await openBusy(gone, 3);
      const { statusCode, body } = await webtask.cron();
      expect(statusCode).toBe(200);
      expect(body).toMatchObject({ checkpoint: logs.idAt(1_499), status: { logsRead: 1_500 } });
      expect(missing()).toEqual([]);
      expect(sandbox.segment.tracks()).toHaveLength(exported.length);
      expect(body.status.warning).toBeUndefined();
      expect(sandbox.tenant.requests.logs).toBeLessThanOrEqual(20);
      expect(sandbox.tenant.requests.log).toBeLessThanOrEqual(4);
    });

    test('a checkpoint that is gone continues with what is left, and says what was lost', async () => {
      const { sandbox, webtask, missing } = await openBusy(gone, 3, {
        state: { checkpointId: logs.idAt(99), checkpointDate: logs.at(99).date },
      });
      sandbox.tenant.expireBefore(logs.idAt(200));
      const { statusCode, body } = await webtask.cron();
      expect(statusCode).toBe(200);
      expect(body.status.logsRead).toBe(1_300);
      expect(missing(200)).toEqual([]);
      expect(body.status.warning).toContain(`between ${logs.at(99).date} and ${logs.at(200).date}`);
      expect(JSON.stringify(sandbox.slack.messages)).toContain('no longer known to Auth0');
    });

    test('START_FROM continues after a log that expires right after it was asked for', async () => {
      const { sandbox, webtask, missing } = await openBusy(gone, 3, {
        secrets: { START_FROM: logs.idAt(0) },
      });
      const { statusCode, body } = await webtask.cron();
      expect(statusCode).toBe(200);
      expect(body.status.logsRead).toBe(1_500);
      expect(missing()).toEqual([]);
      expect(sandbox.tenant.requests.logs).toBeLessThanOrEqual(20);
    });

    test('logs that expire faster than they are read are said to be lost', async () => {
      const { sandbox, webtask, missing } = await openBusy(gone, 150, {}, manyLogs);
      let warnings = '';
      for (let runs = 0; runs < 5; runs += 1) {
        const { body } = await webtask.cron();
        warnings += body.status.warning ?? '';
      }
      expect(missing().length).toBeGreaterThan(0);
      // Nothing is stuck: what is logged next is exported.
      const added = sandbox.tenant.addLogs(Array.from({ length: 400 }, () => ({ type: 's' })));
      const { body } = await webtask.cron();
      const { checkpointId } = webtask.state();
      expect(checkpointId && checkpointId >= (added[0]?.log_id ?? '')).toBe(true);
      // Either all is read, or what expired meanwhile is said to be lost.
      if (checkpointId !== added.at(-1)?.log_id) expect(body.status.warning).toContain('and now');
      expect(warnings).toContain('may be lost');
      expect(warnings).toContain('more such gaps followed');
      expect(JSON.stringify(sandbox.slack.messages)).toContain('may be lost');
      expect(sandbox.tenant.requests.logs).toBeLessThan(200);
    });
  },
);
