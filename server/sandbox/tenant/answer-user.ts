import type { Answer } from '../http/answer';
import type { Call } from '../http/call';
import { jsonAnswer } from '../http/json-answer';
import { apiError } from './api-error';
import { pickFields } from './pick-fields';
import type { TenantState } from './tenant-state';

/** `GET /api/v2/users/{id}`, which sees every change at once. */
export function answerUser({ users }: TenantState, call: Call, id: string): Answer {
  const user = users.find(id);
  if (user === undefined) return apiError(404, 'The user does not exist.', 'inexistent_user');
  return jsonAnswer(200, pickFields(user, call.query));
}
