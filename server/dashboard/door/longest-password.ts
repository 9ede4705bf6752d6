/** Bytes of a password at most; longer ones are refused before anything is computed. */
export const LONGEST_PASSWORD = 1024;
