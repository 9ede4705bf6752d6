/** A setting as a form shows it. */
export interface Field {
  name: string;
  description: string;
  kind: 'text' | 'password' | 'select';
  isRequired: boolean;
  options: { value: string; text: string }[];
  /** What the form begins with; always empty for a password. */
  value: string;
  /** Whether a password is saved, which an empty field keeps. */
  isSaved: boolean;
  /** Whether the setting is given from outside and cannot be changed here. */
  isGiven: boolean;
  /** Whether it says which tenant is exported, rather than how. */
  isTenant: boolean;
}
