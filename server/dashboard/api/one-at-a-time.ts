import type { Request } from 'express';
import { HttpError } from '../../web/http';
import type { Access } from '../access/access';
import { needSession } from './input';

/**
 * Lets each session have one piece of work done at a time, of those that ask Auth0 something while a browser waits.
 *
 * @param what somebody waits for, such as `A check`
 * @returns does the work
 * @throws {HttpError} 429 `under_way` while another one of the session is under way
 */
export function oneAtATime(access: Access, what: string) {
  const busy = new Set<string>();
  return async <T>(request: Request, work: () => Promise<T>): Promise<T> => {
    const { id } = needSession(access, request);
    if (busy.has(id)) {
      throw new HttpError(429, 'under_way', `${what} is under way already. Wait until it has ended.`);
    }
    busy.add(id);
    try {
      return await work();
    } finally {
      busy.delete(id);
    }
  };
}
