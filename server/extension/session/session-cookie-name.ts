/** The cookie that holds an administrator's session. */
export const SESSION_COOKIE = 'logs-to-segment-session';
