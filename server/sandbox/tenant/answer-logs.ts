import type { Answer } from '../http/answer';
import type { Call } from '../http/call';
import { jsonAnswer } from '../http/json-answer';
import { apiError } from './api-error';
import { searchPage } from './search-page';
import type { TenantLog } from './tenant-log';
import type { TenantState } from './tenant-state';
import { wholeNumber } from './whole-number';

/** `GET /api/v2/logs`: by checkpoint where `from` is given, which makes it ignore the rest, else by search. */
export function answerLogs(tenant: TenantState, call: Call): Answer {
  const from = call.query.get('from');
  const answer = from === null ? bySearch(tenant, call) : byCheckpoint(tenant, call, from);
  tenant.logs.expireTo(tenant.logs.oldest + tenant.expirePerRequest);
  return answer;
}

function byCheckpoint({ logs, unknownCheckpoint }: TenantState, call: Call, from: string): Answer {
  const take = wholeNumber(call.query, 'take', 50, 100);
  if (typeof take !== 'number') return take;
  const known = logs.find(from);
  if (known === undefined && unknownCheckpoint === '400') {
    return apiError(400, 'Invalid checkpoint: the log does not exist.', 'invalid_query_string');
  }
  if (known === undefined && unknownCheckpoint === '404') {
    return apiError(404, 'The log does not exist.', 'inexistent_log');
  }
  const start = known === undefined ? logs.oldest : known + 1;
  const found: TenantLog[] = [];
  for (let position = start; found.length < take && position < logs.count; position++) {
    const log = logs.at(position);
    if (log) found.push(log);
  }
  const next = new URLSearchParams({ from: found.at(-1)?.log_id ?? from, take: String(take) });
  const link = `<http://${call.headers.host}${call.path}?${next}>; rel="next"`;
  return jsonAnswer(200, found, { link });
}

/** By position, which is the order of ids and, but for logs that tests date otherwise, the order of dates. */
function bySearch({ logs }: TenantState, call: Call): Answer {
  const page = searchPage(call.query);
  if ('status' in page) return page;
  const { start, limit } = page;
  const total = logs.count - logs.oldest;
  const descending = call.query.get('sort') !== 'date:1';
  const length = Math.max(0, Math.min(limit, total - start));
  const found: TenantLog[] = [];
  for (let index = start; index < start + length; index++) {
    const log = logs.at(descending ? logs.count - 1 - index : logs.oldest + index);
    if (log) found.push(log);
  }
  if (call.query.get('include_totals') !== 'true') return jsonAnswer(200, found);
  return jsonAnswer(200, { start, limit, length, total, logs: found });
}
