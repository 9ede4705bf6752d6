/** Which runs the page shows. */
export interface View {
  /** From 1. */
  page: number;
  errorsOnly: boolean;
}
