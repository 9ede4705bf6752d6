import type { Answer } from '../http/answer';
import { apiError } from './api-error';
import { wholeNumber } from './whole-number';

/** The part of a result that a request asks for. */
export interface Page {
  start: number;
  limit: number;
}

const MOST_RESULTS = 1000;

/** `page` and `per_page` of a search, which reaches no further than its first 1,000 results. */
export function searchPage(query: URLSearchParams): Page | Answer {
  const limit = wholeNumber(query, 'per_page', 50, 100);
  if (typeof limit !== 'number') return limit;
  const page = wholeNumber(query, 'page', 0, Number.MAX_SAFE_INTEGER);
  if (typeof page !== 'number') return page;
  if ((page + 1) * limit > MOST_RESULTS) {
    return apiError(400, `You can only page through the first ${MOST_RESULTS} records.`, 'invalid_paging');
  }
  return { start: page * limit, limit };
}
