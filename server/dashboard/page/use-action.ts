import { useState } from 'preact/hooks';
import { ApiProblem } from './call-api';
import { problemInWords } from './problem-in-words';

/** Something that the reader can have done. */
export interface Action {
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
      setProblem(problemInWords(error));
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
