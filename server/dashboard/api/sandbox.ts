import type { RequestHandler } from 'express';
import * as v from 'valibot';
import { HttpError } from '../../web/http';
import type { DashboardDependencies, DashboardSandbox } from '../dependencies';
import { parseInput } from './input';
import type { SandboxOutage, SandboxState, SlackMessage } from './sandbox-view';

/** Messages that are shown. */
const MOST_MESSAGES = 10;

/** @throws {HttpError} 404 `no_sandbox` */
function needSandbox({ sandbox }: Pick<DashboardDependencies, 'sandbox'>): DashboardSandbox {
  if (sandbox) return sandbox;
  throw new HttpError(404, 'no_sandbox', 'This exporter runs without the sandbox.');
}

const mrkdwn = v.object({ text: v.string() });
/** What of a message is shown: of other blocks nothing. */
const message = v.object({
  text: v.optional(v.string(), ''),
  blocks: v.optional(
    v.array(v.object({ text: v.optional(mrkdwn), fields: v.optional(v.array(mrkdwn), []) })),
    [],
  ),
});

function toView({ at, message: posted }: { at: number; message: unknown }): SlackMessage {
  const parsed = v.safeParse(message, posted);
  const { text, blocks } = parsed.success ? parsed.output : { text: 'Not readable.', blocks: [] };
  const sections = blocks.map(({ text: own, fields }) => ({
    text: own?.text ?? '',
    facts: fields.map((field) => field.text),
  }));
  return {
    at: new Date(at).toISOString(),
    // Slack shows the text itself where there are no blocks.
    sections: sections.length > 0 ? sections : [{ text, facts: [] }],
  };
}

/** `GET /api/sandbox`: what fails in it, and what its Slack got. */
export function answerSandbox(parts: DashboardDependencies): RequestHandler {
  return (_request, response) => {
    const { outages, slackMessages } = needSandbox(parts);
    const state: SandboxState = {
      down: { ...outages.down },
      messages: slackMessages().slice(-MOST_MESSAGES).reverse().map(toView),
    };
    response.json(state);
  };
}

const NAMES: Readonly<Record<SandboxOutage['service'], string>> = {
  auth0: 'Auth0 fail',
  searches: 'user searches fail',
  segment: 'Segment fail',
  slack: 'Slack fail',
  calls: 'Segment reject calls',
};

const outage = v.object({
  service: v.picklist(['auth0', 'searches', 'segment', 'slack', 'calls']),
  isDown: v.boolean(),
});

/** `POST /api/sandbox/outage`: has something in the sandbox fail, or work again. Answers 204. */
export function provokeOutage(parts: DashboardDependencies): RequestHandler {
  return (request, response) => {
    const { outages } = needSandbox(parts);
    const { service, isDown }: SandboxOutage = parseInput(outage, request.body);
    outages.set(service, isDown);
    response.locals.change = `${isDown ? 'made' : 'no longer has'} the sandbox's ${NAMES[service]}`;
    response.status(204).end();
  };
}
