import type { RequestHandler } from 'express';
import * as v from 'valibot';
import type { DashboardParts } from '../dashboard-parts';
import { parseInput } from './parse-input';

const input = v.object({ password: v.string() });

/** `POST /api/login`: opens the Dashboard with its password. */
export function logIn({ access }: DashboardParts): RequestHandler {
  return async (request, response) => {
    const { password } = parseInput(input, request.body);
    await access.signIn(request, response, password);
    response.status(204).end();
  };
}
