/** `GET /api/session`: who may use the Dashboard. */
export interface SessionState {
  /** Whether a password must be entered first. */
  isLocked: boolean;
  /** Whether there is a password, and so a way out. */
  hasPassword: boolean;
  /** To be sent with everything that changes something; empty while locked. */
  csrfToken: string;
}

/** `GET /api/sessions`: somebody who is signed in. */
export interface SessionInList {
  id: string;
  /** ISO 8601. */
  startedAt: string;
  /** ISO 8601: when somebody last did something there. */
  seenAt: string;
  /** IP address. */
  address: string;
  /** What the browser calls itself. */
  browser: string;
  /** Whether it is that of whoever asks. */
  isThis: boolean;
}
