import type { Answer } from '../http/answer';
import type { Call } from '../http/call';
import { jsonAnswer } from '../http/json-answer';
import { apiError } from './api-error';
import { parseUserQuery } from './parse-user-query';
import { pickFields } from './pick-fields';
import { searchPage } from './search-page';
import type { TenantState } from './tenant-state';
import type { TenantUser } from './tenant-user';

/** `GET /api/v2/users`: those that a query by `user_id` names, or all of them, as the search index knows them. */
export function answerUserSearch({ users }: TenantState, { query }: Call): Answer {
  const page = searchPage(query);
  if ('status' in page) return page;
  if ((query.get('search_engine') ?? 'v3') !== 'v3') {
    return apiError(400, 'Only search engine v3 is supported.', 'invalid_query_string');
  }
  const text = query.get('q');
  const asked = text === null ? users.ids() : parseUserQuery(text);
  if (asked === undefined) return apiError(400, 'The query is malformed.', 'invalid_query');
  const { start, limit } = page;
  const found: TenantUser[] = [];
  let total = 0;
  for (const id of new Set(asked)) {
    const user = users.search(id);
    if (user === undefined) continue;
    if (total >= start && found.length < limit) found.push(user);
    total++;
  }
  const answered = found.map((user) => pickFields(user, query));
  if (query.get('include_totals') !== 'true') return jsonAnswer(200, answered);
  return jsonAnswer(200, { start, limit, length: answered.length, total, users: answered });
}
