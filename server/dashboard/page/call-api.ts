import type { SessionState } from '../dashboard-state';

/** A refusal by the host, in words. */
export class ApiProblem extends Error {
  /**
   * @param code stable name, such as `locked`
   * @param problems sentences by the names of settings, where these were refused
   */
  constructor(
    readonly code: string,
    message: string,
    readonly problems: Readonly<Record<string, string>>,
  ) {
    super(message);
  }
}

let csrfToken: string | undefined;

async function send(path: string, body?: object): Promise<Response> {
  try {
    return await fetch(path, {
      method: body ? 'POST' : 'GET',
      headers: body ? { 'content-type': 'application/json', 'x-csrf-token': csrfToken ?? '' } : {},
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  } catch {
    throw new ApiProblem('unreachable', 'The host does not answer. Is it still running?', {});
  }
}

/** Asks who may use the Dashboard, and keeps the token that changes must carry. */
export async function askSession(): Promise<SessionState> {
  const session: SessionState = await (await send('/api/session')).json();
  csrfToken = session.csrfToken;
  return session;
}

/**
 * Asks the host for something, or, with a body, to do something.
 *
 * @throws {ApiProblem}
 */
export async function callApi<Answer = void>(path: string, body?: object): Promise<Answer> {
  let response = await send(path, body);
  let text = await response.text();
  if (response.status === 403 && body && JSON.parse(text).error === 'csrf_token') {
    // The host has been started anew since this page was loaded.
    await askSession();
    response = await send(path, body);
    text = await response.text();
  }
  const answer = text === '' ? undefined : JSON.parse(text);
  if (response.ok) return answer;
  throw new ApiProblem(answer?.error ?? 'unknown', answer?.message ?? '', answer?.problems ?? {});
}
