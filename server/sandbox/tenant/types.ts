/** A tenant log as the Management API answers it. */
export interface TenantLog {
  _id: string;
  log_id: string;
  /** ISO 8601. */
  date: string;
  type: string;
  user_id?: string | null;
  user_name?: string;
  [field: string]: unknown;
}

/** A log as a real tenant may hold it: fields are missing, null or of another type; one of its two ids is there. */
export type RecordedLog = Readonly<Record<string, unknown>>;

/** One account behind a user. */
export interface TenantIdentity {
  provider: string;
  user_id: string;
  connection: string;
  isSocial: boolean;
  /** Of the identity provider: never to be passed on. */
  access_token?: string;
  refresh_token?: string;
  [field: string]: unknown;
}

/** A user as the Management API answers it. */
export interface TenantUser {
  user_id: string;
  email?: string;
  name?: string;
  identities?: TenantIdentity[];
  user_metadata?: Record<string, unknown>;
  app_metadata?: Record<string, unknown>;
  [field: string]: unknown;
}
