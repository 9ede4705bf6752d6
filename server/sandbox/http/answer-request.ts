import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answer';
import type { Call } from './call';
import type { Fault, Faults } from './faults';
import { readBody } from './read-body';
import { sendAnswer } from './send-answer';
import type { Service } from './service';
import type { Timers } from './timers';

/** The parts of a server that answering a request takes. */
export interface Exchange {
  service: Service;
  faults: Faults;
  timers: Timers;
  latencyMs: number;
  compress: boolean;
}

/** Takes one request from its arrival to its answer, through the fault that strikes it. */
export async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { service, faults, timers, latencyMs, compress }: Exchange,
): Promise<void> {
  const arrived = performance.now();
  const { method = 'GET', url = '/' } = request;
  const queryAt = url.indexOf('?');
  const path = queryAt < 0 ? url : url.slice(0, queryAt);
  const endpoint = service.endpointOf(method, path);
  const answered = service.watch?.(endpoint, method, url);

  const fault = faults.take(endpoint);
  if (fault?.kind === 'refuse') {
    request.socket.resetAndDestroy();
    return;
  }
  const body = await readBody(request);
  if (body === undefined || fault?.kind === 'hang') return;

  const query = new URLSearchParams(queryAt < 0 ? '' : url.slice(queryAt));
  const call: Call = { method, url, path, query, headers: request.headers, body };
  const answer = answerOf(fault) ?? (await service.answer(call, endpoint));
  // Counted from the arrival, so that the sandbox's own work does not add to the latency asked for.
  await timers.until(arrived + latencyMs + (fault?.kind === 'delay' ? fault.ms : 0));
  if (fault?.kind === 'afterwards-cut') {
    request.socket.destroy();
    return;
  }
  answered?.(answer.status);
  await sendAnswer(response, answer, {
    compress: compress && /\bgzip\b/.test(String(request.headers['accept-encoding'])),
    cut: fault?.kind === 'cut',
  });
}

function answerOf(fault: Fault | undefined): Answer | undefined {
  if (fault?.kind !== 'status' && fault?.kind !== 'body') return undefined;
  const { body = '' } = fault;
  const type = fault.contentType ?? (/^[{[]/.test(body) ? 'application/json; charset=utf-8' : 'text/plain');
  return fault.kind === 'body'
    ? { status: 200, headers: { 'content-type': type }, body }
    : { status: fault.status, headers: { 'content-type': type, ...fault.headers }, body };
}
