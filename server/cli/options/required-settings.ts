/** Without these no run can export anything. */
export const requiredSettings = [
  'AUTH0_DOMAIN',
  'AUTH0_CLIENT_ID',
  'AUTH0_CLIENT_SECRET',
  'SEGMENT_KEY',
] as const;
