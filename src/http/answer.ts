/** A whole HTTP answer, its body read. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}
