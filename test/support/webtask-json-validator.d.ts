declare module 'webtask-json-validator' {
  /** Auth0's rules for an extension's description. */
  export function validate(data: object, silent?: boolean): { isValid: boolean; errors: object[] | null };
}
