import { beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../server/sandbox/sandbox';
import type { SegmentEvent } from '../../server/sandbox/segment-events';
import { generateLogs, leakCanaries } from '../../server/sandbox/tenant/generate-logs';
import { deliveryGaps } from '../support/delivery-gaps';
import { exportedLogs } from '../support/exported-logs';
import { type CronResult, startWebtask } from '../support/start-webtask';
import { trackId } from '../support/track-id';

const EVENTS: Record<string, string> = { s: 'Success Login', ss: 'Success Signup', f: 'Failed Login' };

/** One full export of a tenant by the built bundle in webtask-runtime, and what it left everywhere. */
async function exportTenant(): Promise<{ sandbox: Sandbox; result: CronResult }> {
  const sandbox = await startSandbox({ tenant: { logs: generateLogs({ count: 3000, users: 600 }) } });
  const webtask = await startWebtask({ secrets: sandbox.secrets() });
  const result = await webtask.cron();
  await webtask.close();
  await sandbox.close();
  return { sandbox, result };
}

describe('3,000 logs of 600 users', () => {
  let sandbox: Sandbox;
  let result: CronResult;
  let tracks: SegmentEvent[];
  let identifies: SegmentEvent[];
  beforeAll(async () => {
    ({ sandbox, result } = await exportTenant());
    tracks = sandbox.segment.tracks();
    identifies = sandbox.segment.identifies();
  });

  test('reach Segment at least once, with one messageId for each selected log with a user', () => {
    expect(exportedLogs(sandbox).length).toBeGreaterThan(1_500);
    expect(deliveryGaps(sandbox)).toEqual({ lost: [], unknown: [] });
    expect(tracks).toHaveLength(exportedLogs(sandbox).length);
    expect(sandbox.segment.duplicates).toBe(0);
  });

  test('become tracks with the event, the time and the user of their logs', () => {
    const byId = new Map(tracks.map((track) => [track.messageId, track]));
    for (const log of exportedLogs(sandbox)) {
      const track = byId.get(trackId(sandbox, log.log_id));
      expect(track?.event).toBe(EVENTS[log.type]);
      expect(track?.userId).toBe(log.user_id);
      expect(track?.originalTimestamp).toBe(new Date(log.date).toISOString());
    }
  });

  test('carry the profile: user_metadata, then its own fields, then app_metadata', () => {
    for (const track of tracks) {
      const user = sandbox.tenant.userById(track.userId ?? '');
      if (!user) {
        expect(track.properties).toEqual({});
        continue;
      }
      const { user_metadata, app_metadata, identities, ...own } = user;
      expect(track.properties).toEqual({
        ...user_metadata,
        ...own,
        identities: identities?.map(({ access_token: _, refresh_token: __, ...identity }) => identity),
        ...app_metadata,
      });
    }
  });

  test('come with one identify for each user of a batch that is found, before its tracks', () => {
    const batches = new Map<string, number>();
    const selected = [...sandbox.tenant.selectedLogs()];
    for (const [index, { user_id: userId }] of selected.entries()) {
      if (!userId || !sandbox.tenant.userById(userId)) continue;
      const key = `${Math.floor(index / 100)} ${userId}`;
      batches.set(key, (batches.get(key) ?? 0) + 1);
    }
    expect(identifies).toHaveLength(batches.size);
    const seen = new Set<string>();
    for (const event of sandbox.segment.received) {
      if (event.type === 'identify') seen.add(event.userId ?? '');
      else if (sandbox.tenant.userById(event.userId ?? '')) expect(seen).toContain(event.userId);
    }
  });

  test("fill Segment's reserved traits from the profile", () => {
    for (const { userId, traits } of identifies) {
      const user = sandbox.tenant.userById(userId ?? '');
      expect(traits).toMatchObject({
        email: user?.email,
        name: user?.name,
        firstName: user?.given_name,
        lastName: user?.family_name,
        avatar: user?.picture,
        createdAt: user?.created_at,
      });
      expect(traits?.phone).toBe(user?.phone_number);
      expect(traits?.username).toBe(user?.username);
    }
  });

  test('leave nothing of the logs and no IdP token in any payload', () => {
    const payloads = JSON.stringify(sandbox.segment.received);
    for (const mark of Object.values(leakCanaries)) expect(payloads).not.toContain(mark);
    for (const name of ['user_agent', '"details"', 'access_token', 'refresh_token', 'idp-'])
      expect(payloads).not.toContain(name);
  });

  test('keep to what Segment accepts: nothing is dropped, every request is within the limits', () => {
    expect(sandbox.segment.dropped).toEqual([]);
    expect(sandbox.segment.statuses).toEqual({ 200: sandbox.segment.requests });
    expect(sandbox.segment.requests).toBe(result.body.status.batches);
    for (const { messageId } of sandbox.segment.received) expect(messageId.length).toBeLessThan(100);
  });

  test('are counted in the answer', () => {
    const selected = [...sandbox.tenant.selectedLogs()];
    expect(result.statusCode).toBe(200);
    expect(result.body.status).toMatchObject({
      startCheckpoint: null,
      logsRead: 3000,
      logsProcessed: selected.length,
      batches: Math.ceil(selected.length / 100),
      skipped: selected.length - exportedLogs(sandbox).length,
      rejected: [],
    });
    expect(result.body.status.error).toBeUndefined();
    expect(result.body.checkpoint).toBe(sandbox.tenant.logAt(2999).log_id);
  });

  test('have the same messageIds when they are exported a second time', async () => {
    const again = await exportTenant();
    const ids = (events: readonly SegmentEvent[]) => events.map((event) => event.messageId).sort();
    expect(ids(again.sandbox.segment.received)).toEqual(ids(sandbox.segment.received));
  });
});
