const NEXT = /<([^>]+)>\s*;\s*rel="?next"?/;

/**
 * The log id that an answer's `Link` header says to ask for newer logs from.
 *
 * @returns `undefined` where it does not say so
 */
export function nextFrom(link: string | null): string | undefined {
  const url = NEXT.exec(link ?? '')?.[1];
  const next = url && URL.canParse(url) ? new URL(url).searchParams.get('from') : null;
  return next ?? undefined;
}
