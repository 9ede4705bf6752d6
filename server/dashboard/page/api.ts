import { useEffect, useRef, useState } from 'preact/hooks';
import { parseExact } from '../../../src/exact-json';
import type { SessionState } from '../api/session-view';

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

/** All that is known where nothing comes back. */
export const UNANSWERED = 'The host does not answer.';

/** What is said of what was not answered, once the host answers again. */
const ANSWERS_AGAIN =
  'The host did not answer, and does again. Look whether this was done before you repeat it.';

let isLost = false;
const watchers = new Set<(isLost: boolean) => void>();

/** Tells whoever watches that the host has been lost, or is back. */
function noteHost(lost: boolean): void {
  if (lost === isLost) return;
  isLost = lost;
  for (const watcher of watchers) watcher(lost);
}

/** Calls something whenever the host has been lost, and when it is back, whoever asked it for something. */
export function useHostWatch(onChange: (isLost: boolean) => void): void {
  const latest = useRef(onChange);
  latest.current = onChange;
  useEffect(() => {
    const watcher = (lost: boolean) => latest.current(lost);
    watchers.add(watcher);
    return () => {
      watchers.delete(watcher);
    };
  }, []);
}

/** A host that has not answered what only looks for so long has been lost. A preview reads logs and users first. */
const LONGEST_MS = 60_000;

async function send(path: string, body?: object, signal?: AbortSignal): Promise<Response> {
  try {
    const isLook = body === undefined && signal === undefined;
    return await fetch(path, {
      method: body ? 'POST' : 'GET',
      headers: body ? { 'content-type': 'application/json', 'x-csrf-token': csrfToken ?? '' } : {},
      ...(body ? { body: JSON.stringify(body) } : {}),
      ...(signal ? { signal } : {}),
      ...(isLook ? { signal: AbortSignal.timeout(LONGEST_MS) } : {}),
    });
  } catch {
    noteHost(true);
    throw new ApiProblem('unreachable', UNANSWERED, {});
  }
}

/** What an answer says, where it is the host's. */
interface Refusal {
  error?: string;
  message?: string;
  problems?: Record<string, string>;
}

/**
 * Reads an answer of the host.
 *
 * @throws {ApiProblem} `unreachable` where something in front of the host answers in its place
 */
function parseAnswer(text: string, status: number): Refusal | undefined {
  try {
    const answer: Refusal | undefined = text === '' ? undefined : JSON.parse(text);
    noteHost(false);
    return answer;
  } catch {
    noteHost(true);
    const from = `What is in front of the host returned ${status} in its place.`;
    throw new ApiProblem('unreachable', from, {});
  }
}

/** Asks who may use the Dashboard, and keeps the token that changes must carry. */
export async function askSession(): Promise<SessionState> {
  const response = await send('/api/session');
  const text = await response.text();
  const refusal = parseAnswer(text, response.status);
  if (!response.ok) throw new ApiProblem(refusal?.error ?? '', refusal?.message ?? '', {});
  const session: SessionState = JSON.parse(text);
  csrfToken = session.csrfToken;
  return session;
}

/** @throws {ApiProblem} where the host refuses */
async function ask(path: string, body?: object, signal?: AbortSignal): Promise<Response> {
  let response = await send(path, body, signal);
  if (response.ok) {
    noteHost(false);
    return response;
  }
  let text = await response.text();
  if (response.status === 403 && body && parseAnswer(text, 403)?.error === 'csrf_token') {
    // The host has been started anew since this page was loaded.
    await askSession();
    response = await send(path, body, signal);
    if (response.ok) return response;
    text = await response.text();
  }
  const answer = parseAnswer(text, response.status);
  throw new ApiProblem(answer?.error ?? 'unknown', answer?.message ?? '', answer?.problems ?? {});
}

/**
 * Asks the host for something, or, with a body, to do something.
 *
 * @throws {ApiProblem}
 */
export async function callApi<Answer = void>(path: string, body?: object): Promise<Answer> {
  const text = await (await ask(path, body)).text();
  return (text === '' ? undefined : parseExact(text)) as Answer;
}

/**
 * Has the host do something, and hears of it line by line.
 *
 * @param signal fires when nobody listens any more
 * @param onLine called for each line of JSON that is answered
 * @throws {ApiProblem}
 */
export async function streamApi<Line>(
  path: string,
  body: object,
  signal: AbortSignal,
  onLine: (line: Line) => void,
): Promise<void> {
  const { body: answer } = await ask(path, body, signal);
  const reader = answer?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    const lines = (rest + part.value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(JSON.parse(line));
  }
}

/** The address of something of a tenant's, such as its settings. */
export const tenantPath = (name: string, what = '') =>
  `/api/tenants/${encodeURIComponent(name)}${what && `/${what}`}`;

/** What went wrong, for the reader. */
export function describeProblem(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'This did not work. Try it again.';
}

/** The stable name of what went wrong; empty where it has none. */
export const problemCode = (error: unknown): string => (error instanceof ApiProblem ? error.code : '');

/** Something that the reader can have done. */
interface Action {
  isBusy: boolean;
  /** Why it was not done; empty where it was. */
  problem: string;
  /** Stable name of why; empty where it was done. */
  code: string;
  /** What is wrong with each setting, where that was why. */
  problems: Readonly<Record<string, string>>;
  /** Has it done, unless it is being done. Returns whether it was. */
  act: (work: () => Promise<unknown>) => Promise<boolean>;
  /** Takes back why it was not done: what was refused has been changed since. */
  forget: () => void;
}

/** Asks again for what is shown; settles when it is shown as it is now. */
export type Reload = () => Promise<unknown>;

/** Follows what becomes of an action. */
export function useAction(): Action {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const [code, setCode] = useState('');
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});
  // What was clicked twice before the page was drawn anew is done once.
  const isUnderWay = useRef(false);
  const forget = () => {
    setProblem('');
    setCode('');
    setProblems({});
  };
  useHostWatch((lost) => {
    if (!lost && code === 'unreachable') setProblem(ANSWERS_AGAIN);
  });
  const act = async (work: () => Promise<unknown>) => {
    if (isUnderWay.current) return false;
    isUnderWay.current = true;
    setBusy(true);
    forget();
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(
        problemCode(error) === 'unreachable'
          ? 'The host did not answer. Whether this was done is seen when it answers again.'
          : describeProblem(error),
      );
      if (error instanceof ApiProblem) {
        setCode(error.code);
        setProblems(error.problems);
      }
      return false;
    } finally {
      isUnderWay.current = false;
      setBusy(false);
    }
  };
  return { isBusy, problem, code, problems, act, forget };
}
