import { nextFrom } from './next-from';

/**
 * Says where the next page of logs is as soon as the answer for a page begins. Its body comes later and takes
 * its time, and each page can only be asked for when the one before it has named it.
 */
export interface PageLinks {
  /** Notes the head of a successful answer of the tenant. */
  note(url: URL, headers: Headers): void;
  /**
   * The log id to ask from after the page that is asked for from `from`; stays open where that page fails.
   * To be called when the page is asked for.
   */
  after(from: string): Promise<string | undefined>;
}

/** Makes the links of one run. */
export function createPageLinks(): PageLinks {
  const waiting = new Map<string, (next: string | undefined) => void>();
  return {
    note: (url, headers) => {
      const from = url.searchParams.get('from');
      if (from === null) return;
      waiting.get(from)?.(nextFrom(headers.get('link')));
      waiting.delete(from);
    },
    after: (from) =>
      new Promise((resolve) => {
        waiting.set(from, resolve);
      }),
  };
}
