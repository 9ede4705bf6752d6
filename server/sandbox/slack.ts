import type { Faults } from './http/faults';
import { type Answer, type Call, type SandboxServer, type ServerOptions, startServer } from './http/server';

/** How the sandbox's Slack is set up. */
export interface SlackOptions {
  /** The secret last part of the webhook's path. */
  token?: string;
}

/** A message as it was posted. */
type SlackMessage = Record<string, unknown>;

/** The sandbox's Slack webhook, as tests see it. */
export interface SlackSandbox {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** What goes into SLACK_INCOMING_WEBHOOK. */
  readonly webhookUrl: string;
  readonly server: SandboxServer;
  readonly faults: Faults;
  /** Requests that arrived, faulty and refused ones included. */
  readonly requests: number;
  readonly messages: readonly SlackMessage[];
  /** When each of them arrived, in milliseconds since 1970. */
  readonly times: readonly number[];
  reset(): void;
}

const TEAM = '/services/T000/B000/';

/** Starts Slack's incoming webhook. */
export async function startSlack(options: SlackOptions, serverOptions: ServerOptions): Promise<SlackSandbox> {
  const { token = 'sandboxSlackToken9f3KcXw2' } = options;
  let messages: SlackMessage[] = [];
  let times: number[] = [];
  let requests = 0;

  function answer({ method, path, body }: Call): Answer {
    if (method !== 'POST' || !path.startsWith(TEAM)) return text(404, 'no_service');
    if (path !== TEAM + token) return text(404, 'invalid_token');
    const message = messageIn(body);
    if (message === undefined) return text(400, 'invalid_payload');
    messages.push(message);
    times.push(Date.now());
    return text(200, 'ok');
  }

  const server = await startServer(
    {
      endpointOf: (_method, path) => (path.startsWith('/services/') ? 'webhook' : 'other'),
      answer,
      watch: () => {
        requests++;
        return () => undefined;
      },
    },
    serverOptions,
  );

  return {
    url: server.url,
    webhookUrl: server.url + TEAM + token,
    server,
    faults: server.faults,
    get requests() {
      return requests;
    },
    get messages() {
      return messages;
    },
    get times() {
      return times;
    },
    reset() {
      messages = [];
      times = [];
      requests = 0;
    },
  };
}

function text(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/html' }, body };
}

function messageIn(body: Buffer): SlackMessage | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    if (typeof value !== 'object' || value === null) return undefined;
    const message: SlackMessage = { ...value };
    return message.text || message.blocks || message.attachments ? message : undefined;
  } catch {
    return undefined;
  }
}
