import { expect } from 'vitest';
import type { OpenExtension } from './open-extension';
import type { Received } from './send';

/**
 * Expects an answer to refuse, in the one form that refusals have, without letting anybody in and without
 * telling anything that is not the client's.
 */
export function expectRefusal(
  extension: OpenExtension,
  answer: Received,
  status: number,
  error: string,
): void {
  expect({ status: answer.status, body: answer.body }).toEqual({
    status,
    body: expect.stringContaining(`"error":"${error}"`),
  });
  const body: unknown = JSON.parse(answer.body);
  expect(body).toEqual({ error, message: expect.any(String) });
  expect(answer.cookies.filter((cookie) => /^logs-to-segment-session-\w+=ey/.test(cookie))).toEqual([]);
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  expect(answer.headers['cache-control']).toBe('no-store');
  const { AUTH0_CLIENT_SECRET = '', EXTENSION_SECRET = '', SEGMENT_KEY = '' } = extension.secrets;
  for (const secret of [
    AUTH0_CLIENT_SECRET,
    EXTENSION_SECRET,
    SEGMENT_KEY,
    'eyJ',
    '    at ',
    'node_modules',
  ]) {
    expect(answer.body).not.toContain(secret);
  }
}
