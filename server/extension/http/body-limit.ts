/** Bytes of a request's body at most: two tokens and a state are well under 10 KB. */
export const BODY_LIMIT = 64 * 1024;
