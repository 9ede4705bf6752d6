import { type Answer, type Call, jsonAnswer } from '../http/server';
import { apiError, searchPage, wholeNumber } from './api';
import type { LogStore } from './log-store';
import type { TenantState } from './state';
import type { TenantLog } from './types';

/** `GET /api/v2/logs/{id}`. */
export function answerLog({ logs }: TenantState, id: string): Answer {
  const position = logs.find(id);
  if (position === undefined) return apiError(404, 'The log does not exist.', 'inexistent_log');
  return jsonAnswer(200, logs.at(position));
}

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
  const start = known === undefined ? logs.firstAfter(from) : known + 1;
  const found: TenantLog[] = [];
  let last = from;
  for (let position = start; found.length < take && position < logs.visible; position++) {
    const log = logs.at(position);
    if (log) found.push(log);
    last = logs.idAt(position) ?? last;
  }
  const next = new URLSearchParams({ from: last, take: String(take) });
  const link = `<http://${call.headers.host}${call.path}?${next}>; rel="next"`;
  return jsonAnswer(200, found, { link });
}

/** Position of the oldest log of a moment or later, in milliseconds since 1970. */
function positionOf(logs: LogStore, at: number): number {
  let [low, high] = [logs.oldest, logs.visible];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Date.parse(logs.at(middle)?.date ?? '') < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The moment from which `date:[MOMENT TO *]` asks for logs, the one query that is understood here. */
function sinceOf(q: string | null): number | undefined {
  if (q === null) return Number.NEGATIVE_INFINITY;
  const at = Date.parse(/^date:\[(\S+) TO \*\]$/.exec(q)?.[1] ?? '');
  return Number.isNaN(at) ? undefined : at;
}

const timeOf = ({ date }: TenantLog): number => Date.parse(date);

/** Positions by which the order of dates differs from that of ids, at most. */
const MAX_DISPLACEMENT = 20;

/** The logs at some positions that are dated at a moment or later, oldest first. */
function datedLogs(logs: LogStore, [from, to]: readonly [number, number], since: number): TenantLog[] {
  const found: TenantLog[] = [];
  for (let position = Math.max(logs.oldest, from); position < Math.min(to, logs.visible); position++) {
    const log = logs.at(position);
    if (log && !(timeOf(log) < since)) found.push(log);
  }
  return found.sort((one, other) => timeOf(one) - timeOf(other));
}

/** In the order of dates, which positions follow only roughly. */
function bySearch({ logs }: TenantState, call: Call): Answer {
  const page = searchPage(call.query);
  if ('status' in page) return page;
  const since = sinceOf(call.query.get('q'));
  if (since === undefined) return apiError(400, 'Query validation error: q', 'invalid_query_string');
  const { start, limit } = page;
  const first = Math.max(logs.oldest, positionOf(logs, since) - MAX_DISPLACEMENT);
  const beyond = start + limit + 2 * MAX_DISPLACEMENT;
  const found =
    call.query.get('sort') === 'date:1'
      ? datedLogs(logs, [first, first + beyond], since)
      : datedLogs(logs, [Math.max(first, logs.visible - beyond), logs.visible], since).reverse();
  const answered = found.slice(start, start + limit);
  if (call.query.get('include_totals') !== 'true') return jsonAnswer(200, answered);
  const nearFirst = Math.min(logs.visible, first + 2 * MAX_DISPLACEMENT);
  const older = nearFirst - first - datedLogs(logs, [first, nearFirst], since).length;
  const total = logs.visible - first - older;
  return jsonAnswer(200, { start, limit, length: answered.length, total, logs: answered });
}
