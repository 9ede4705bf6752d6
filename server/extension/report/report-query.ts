/** Which runs are asked for. */
export interface ReportQuery {
  /** From 1. */
  page: number;
  /** 1 to 100. */
  perPage: number;
  /** Only the runs that failed. */
  errorsOnly: boolean;
}
