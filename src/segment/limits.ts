/**
 * Segment's limits for its HTTP API
 * (https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/#max-request-size).
 */
export const limits = {
  /** Bytes of one call. */
  eventBytes: 32 * 1024,
  /** Bytes of one request. */
  requestBytes: 500 * 1024,
  /** Calls in one request. */
  requestEvents: 2_500,
} as const;
