import { expect, test } from 'vitest';
import { isTransientStatus } from '../../src/http/request';

test.each([408, 429, 500, 501, 502, 503, 504, 520, 599])('%i may pass', (status) => {
  expect(isTransientStatus(status)).toBe(true);
});

test.each([200, 204, 301, 302, 400, 401, 403, 404, 409, 413, 414, 422])('%i stays', (status) => {
  expect(isTransientStatus(status)).toBe(false);
});
