const TYPES = new Set(['track', 'identify', 'page', 'screen', 'group', 'alias']);

/** Why Segment drops a call later, though it answered 200; nothing for a call that it keeps. */
export function dropReason(call: Readonly<Record<string, unknown>>): string | undefined {
  const { type, userId, anonymousId, event, messageId } = call;
  if (typeof type !== 'string' || !TYPES.has(type)) return 'unknown type';
  if (!isText(userId) && !isText(anonymousId)) return 'neither userId nor anonymousId';
  if (type === 'track' && !isText(event)) return 'track without event';
  if (messageId !== undefined && typeof messageId !== 'string') return 'messageId is not a string';
  if (typeof messageId === 'string' && messageId.length > 100) return 'messageId over 100 characters';
  return undefined;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
