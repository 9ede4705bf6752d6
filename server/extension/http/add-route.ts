import type { Express, Request, Response } from 'express';
import type { Visit } from '../visit';
import type { Handler } from './handler';
import { HttpError } from './http-error';

/** The methods that a path answers; HEAD follows GET, and OPTIONS names them all. */
export type Methods = Partial<Record<'get' | 'post' | 'delete', Handler>>;

/** Adds a path to the app: the methods that it knows are answered, all others are a 405 that names them. */
export function addRoute(app: Express, path: string, methods: Methods): void {
  const allowed = ['options', ...Object.keys(methods), ...(methods.get ? ['head'] : [])]
    .map((name) => name.toUpperCase())
    .sort()
    .join(', ');
  app.all(path, (request: Request, response: Response<unknown, { visit: Visit }>) => {
    const { method } = request;
    const handler =
      method === 'GET' || method === 'HEAD'
        ? methods.get
        : method === 'POST'
          ? methods.post
          : method === 'DELETE'
            ? methods.delete
            : undefined;
    if (handler) return handler(request, response);
    response.setHeader('allow', allowed);
    if (method !== 'OPTIONS') {
      throw new HttpError(405, 'method_not_allowed', `This address answers ${allowed}.`);
    }
    response.status(204).end();
  });
}
