/** The `Cookie` header of a browser that has kept what it was given, and dropped what was taken away. */
export function cookieHeader(setCookies: readonly string[]): string {
  const kept = new Map<string, string>();
  for (const header of setCookies) {
    const [pair = ''] = header.split(';');
    const [name = '', value = ''] = pair.split('=');
    if (/Max-Age=0\b/i.test(header)) kept.delete(name);
    else kept.set(name, value);
  }
  return [...kept].map(([name, value]) => `${name}=${value}`).join('; ');
}
