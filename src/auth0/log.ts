/** What the export uses of a tenant log; the rest of it is never kept. */
export interface Log {
  /** About 56 digits; sorts as text. */
  id: string;
  /** Auth0's abbreviation, such as `s`. */
  type: string;
  /** ISO 8601. */
  date: string;
  /** Empty where the log names no user. */
  userId: string;
  /** Why the log cannot be exported although its type may be one that is; set only then. */
  unreadable?: string;
}
