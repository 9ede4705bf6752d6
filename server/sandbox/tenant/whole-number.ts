import type { Answer } from '../http/answer';
import { apiError } from './api-error';

/** A whole number from the query that is at most `most`, or the answer that refuses it. */
export function wholeNumber(
  query: URLSearchParams,
  name: string,
  otherwise: number,
  most: number,
): number | Answer {
  const text = query.get(name);
  if (text === null) return otherwise;
  if (!/^\d+$/.test(text)) {
    return apiError(
      400,
      `Query validation error: 'Expected type integer but found type string' on property ${name}.`,
      'invalid_query_string',
    );
  }
  if (Number(text) > most) {
    return apiError(
      400,
      `Query validation error: 'Value ${text} is greater than maximum ${most}' on property ${name}.`,
      'invalid_query_string',
    );
  }
  return Number(text);
}
