import { dailyMessage, runMessage } from '../../src/slack/messages';
import { makeRecord } from './make-record';
import { sumsOf } from './sums-of';

const ids = [
  '90020260301115512345000000000000000000000000000000000417',
  '90020260301115501120000000000000000000000000000000000233',
];

const failed = makeRecord({
  start: '2026-03-01T11:55:00.000Z',
  end: '2026-03-01T11:55:19.400Z',
  checkpoint: ids[0] ?? '',
  logsRead: 812,
  logsProcessed: 400,
  batches: 4,
  skipped: 3,
  events: { 'Success Login': 371, 'Success Signup': 21, 'Failed Login': 4 },
  rejected: [{ logId: ids[1] ?? '', call: 'track', reason: 'Segment refused the call with 400.' }],
  error: {
    message:
      "Segment returned 503 at api.segment.io and kept doing so: it is unavailable. The next run tries again from the checkpoint; see Segment's status page if this persists.",
    checkpoint: ids[0] ?? '',
  },
});

const succeeded = makeRecord({
  start: '2026-03-01T12:00:00.000Z',
  end: '2026-03-01T12:00:03.120Z',
  checkpoint: ids[0] ?? '',
  logsRead: 3_000,
  logsProcessed: 1_712,
  batches: 18,
  skipped: 12,
  events: { 'Success Login': 1_502, 'Success Signup': 160, 'Failed Login': 38 },
});

/** One message of each kind, by the name of its picture. */
export const slackSamples = {
  failed: runMessage(failed),
  success: runMessage(succeeded),
  daily: dailyMessage(
    '2026-02-28',
    sumsOf([
      ...Array.from({ length: 286 }, () => succeeded),
      { ...failed, start: '2026-02-28T17:35:00.000Z' },
    ]),
  ),
};
