/** The audience of a session of the extension at an address: neither a hook's nor another extension's. */
export function sessionAudience(baseUrl: string): string {
  return `${baseUrl}#session`;
}
