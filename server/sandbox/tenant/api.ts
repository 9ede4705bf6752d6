import { type Answer, type Call, jsonAnswer } from '../http/server';

const NAMES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
};

/** An error as the Management API words it. */
export function apiError(status: number, message: string, errorCode?: string): Answer {
  const error = NAMES[status] ?? 'Error';
  return jsonAnswer(status, { statusCode: status, error, message, ...(errorCode && { errorCode }) });
}

/** A body that is not what the endpoint takes, as the Management API words it. */
export const invalidBody = (message: string): Answer =>
  apiError(400, `Payload validation error: '${message}'.`, 'invalid_body');

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

/** The object that a call's body is; `undefined` where it is none. */
export function objectOf({ body }: Call): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** A list as the Management API pages it: the page itself, or with `include_totals` what it is a page of. */
export function pageOf(
  query: URLSearchParams,
  name: string,
  all: readonly Readonly<Record<string, unknown>>[],
): Answer {
  const limit = wholeNumber(query, 'per_page', 50, 100);
  if (typeof limit !== 'number') return limit;
  const page = wholeNumber(query, 'page', 0, Number.MAX_SAFE_INTEGER);
  if (typeof page !== 'number') return page;
  const start = page * limit;
  const found = all.slice(start, start + limit);
  if (query.get('include_totals') !== 'true') return jsonAnswer(200, found);
  return jsonAnswer(200, { start, limit, total: all.length, [name]: found });
}

/** The part of a result that a request asks for. */
interface Page {
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
