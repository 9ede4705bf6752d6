/** A tenant log as the Management API answers it. */
export interface TenantLog {
  _id: string;
  log_id: string;
  /** ISO 8601. */
  date: string;
  type: string;
  user_id?: string;
  user_name?: string;
  [field: string]: unknown;
}
