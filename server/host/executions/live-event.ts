/** Something that happened just now. */
export interface LiveEvent {
  /** Counted from 1 since the host started. */
  id: number;
  /** ISO 8601. */
  at: string;
  kind: 'line' | 'begin' | 'end' | 'change';
  /** The execution that it is about; 0 where it is about none. */
  execution: number;
  text: string;
}
