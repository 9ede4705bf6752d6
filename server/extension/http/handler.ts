import type { Request, Response } from 'express';
import type { Visit } from '../visit';

/** Answers one kind of request; what it throws is answered by `sendError`. */
export type Handler = (
  request: Request,
  response: Response<unknown, { visit: Visit }>,
) => void | Promise<void>;
