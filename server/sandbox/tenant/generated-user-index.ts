import { generatedUserId } from './generated-user-id';

/** The index that `generatedUserId` made the id from, or `undefined` for an id that it never made. */
export function generatedUserIndex(userId: string): number | undefined {
  const end = userId.endsWith('\\') ? -1 : undefined;
  const candidates = [
    Number.parseInt(userId.slice(-10, end), 10),
    Number.parseInt(userId.slice(end === undefined ? -8 : -9, end), 16),
  ];
  return candidates.find((index) => index >= 0 && generatedUserId(index) === userId);
}
