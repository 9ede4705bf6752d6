/** What a sandbox endpoint answers, before compression and faults. */
export interface Answer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body: string;
}
