/** The part of a browser that knows its reader; Node.js has it from version 21 on. */
interface Browser {
  navigator?: { languages?: readonly string[] };
}

/** Returns a browser's name of a language as a BCP 47 tag: `en_US.UTF-8` and `en-US@posix` become `en-US`. */
const toTag = (language: string): string => language.replace(/[.@].*$/s, '').replaceAll('_', '-');

function isSupported(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}

/**
 * Returns the reader's locale: the first of the browser's languages that `Intl` supports, else English. A browser reports
 * the locale of its operating system, which need not be a valid tag.
 */
export function readerLocale(languages = (globalThis as Browser).navigator?.languages ?? []): string {
  return languages.map(toTag).find(isSupported) ?? 'en';
}
