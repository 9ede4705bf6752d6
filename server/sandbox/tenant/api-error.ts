import type { Answer } from '../http/answer';
import { jsonAnswer } from '../http/json-answer';

const NAMES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
};

/** An error as the Management API words it. */
export function apiError(status: number, message: string, errorCode?: string): Answer {
  const error = NAMES[status] ?? 'Error';
  return jsonAnswer(status, { statusCode: status, error, message, ...(errorCode && { errorCode }) });
}
