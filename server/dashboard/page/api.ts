import { useState } from 'preact/hooks';
import type { SessionState } from '../api/view';

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

/** The address of something of a tenant's, such as its settings. */
export const tenantPath = (name: string, what = '') =>
  `/api/tenants/${encodeURIComponent(name)}${what && `/${what}`}`;

/** What went wrong, for the reader. */
export function describeProblem(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'This did not work. Try it again.';
}

/** Something that the reader can have done. */
interface Action {
  isBusy: boolean;
  /** Why it was not done; empty where it was. */
  problem: string;
  /** Stable name of why; empty where it was done. */
  code: string;
  /** What is wrong with each setting, where that was why. */
  problems: Readonly<Record<string, string>>;
  /** Has it done. Returns whether it was. */
  act: (work: () => Promise<unknown>) => Promise<boolean>;
}

/** Follows what becomes of an action. */
export function useAction(): Action {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const [code, setCode] = useState('');
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});
  const act = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setProblem('');
    setCode('');
    setProblems({});
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(describeProblem(error));
      if (error instanceof ApiProblem) {
        setCode(error.code);
        setProblems(error.problems);
      }
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, problem, code, problems, act };
}
