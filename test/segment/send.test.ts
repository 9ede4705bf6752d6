import { expect, test } from 'vitest';
import { startSegment } from '../../server/sandbox/segment';
import { defaultShape } from '../../src/choices/shape';
import { toSegmentCalls } from '../../src/segment/calls';
import { toSegmentUser } from '../../src/segment/profile';
import { sendCalls } from '../../src/segment/send';

test('profiles and ids that look like what stands in for a profile arrive as they are', async () => {
  const segment = await startSegment({}, { latencyMs: 0, compress: false });
  const userId = '{"$profile":0}';
  const user = {
    user_id: userId,
    $profile: 1,
    nested: { $profile: 0 },
    text: '"properties":{"$profile":1}',
    dollar: "$&$1$`$'",
  };
  const log = { id: '9001', type: 's', date: '2026-01-01T00:00:00.000Z', userId };
  const { calls } = toSegmentCalls(
    [log],
    new Map([[userId, toSegmentUser(user, userId, defaultShape)]]),
    '00c0ffee00c0ffee',
    defaultShape,
  );
  const answer = await sendCalls(
    {
      writeKey: segment.writeKey,
      endpoint: segment.url,
      now: Date.now,
      post: async (url, init) => {
        const response = await fetch(url, { method: 'POST', ...init });
        return { status: response.status, headers: response.headers, text: await response.text() };
      },
    },
    calls,
  );
  expect(answer).toMatchObject({ status: 200 });
  expect(segment.tracks()).toMatchObject([{ userId, properties: user }]);
  expect(segment.identifies()).toMatchObject([{ userId, traits: user }]);
  await segment.server.close();
});
