/** Time to type a password and a second factor. */
export const LOGIN_SECONDS = 10 * 60;
