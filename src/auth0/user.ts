/** A user's profile as the Management API answers it. */
export interface User {
  user_id: string;
  [field: string]: unknown;
}
