import { afterAll, beforeAll, vi } from 'vitest';

/** Sets the locale that pages read from the browser, for all tests of a file. */
export function setReaderLocale(locale: string): void {
  beforeAll(() => {
    vi.stubGlobal('navigator', { languages: [locale] });
  });
  afterAll(() => {
    vi.unstubAllGlobals();
  });
}
