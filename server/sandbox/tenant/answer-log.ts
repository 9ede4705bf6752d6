import type { Answer } from '../http/answer';
import { jsonAnswer } from '../http/json-answer';
import { apiError } from './api-error';
import type { TenantState } from './tenant-state';

/** `GET /api/v2/logs/{id}`. */
export function answerLog({ logs }: TenantState, id: string): Answer {
  const position = logs.find(id);
  if (position === undefined) return apiError(404, 'The log does not exist.', 'inexistent_log');
  return jsonAnswer(200, logs.at(position));
}
