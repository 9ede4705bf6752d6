import { useEffect, useState } from 'preact/hooks';
import { callApi } from './call-api';
import { problemInWords } from './problem-in-words';

/** What a schedule means. */
export interface SchedulePreview {
  words: string;
  /** ISO 8601. */
  next: string[];
  problem: string;
}

/** Somebody who types is not asked about each key. */
const PAUSE_MS = 200;

/** Asks the host what a schedule means, while it is being entered. */
export function useSchedulePreview(cron: string, timeZone: string): SchedulePreview | undefined {
  const [preview, setPreview] = useState<SchedulePreview>();
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(async () => {
      const query = new URLSearchParams({ cron, timeZone });
      const answer = await callApi<Omit<SchedulePreview, 'problem'>>(`/api/schedule?${query}`).then(
        (meaning) => ({ ...meaning, problem: '' }),
        (error: unknown) => ({ words: '', next: [], problem: problemInWords(error) }),
      );
      if (isCurrent) setPreview(answer);
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [cron, timeZone]);
  return preview;
}
