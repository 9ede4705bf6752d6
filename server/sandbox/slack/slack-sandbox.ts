import type { Faults } from '../http/faults';
import type { SandboxServer } from '../http/start-server';

/** How the sandbox's Slack is set up. */
export interface SlackOptions {
  /** The secret last part of the webhook's path. */
  token?: string;
}

/** A message as it was posted. */
export type SlackMessage = Record<string, unknown>;

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
  reset(): void;
}
