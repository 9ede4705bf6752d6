/**
 * What a jsonb column is given. PostgreSQL refuses NUL and halves of a character there, which the message of an error
 * that another service has sent may have; they are written as U+FFFD. Text columns take JSON as it is.
 */
export const toJsonb = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' ? part.toWellFormed().replaceAll('\u0000', '\uFFFD') : part,
  );
