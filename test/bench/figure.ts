/** One line of the bench's table. */
export interface Figure {
  measurement: string;
  /** What was found. */
  value: number;
  unit: string;
  /** What it is to be; none for figures that are only to be known. */
  target?: { atMost: number } | { atLeast: number };
  /** What it was worked out from, or what limits it. */
  note?: string;
}
