/** A part of the sandbox that can fail: a service, Auth0's user searches, or a few calls, which Segment rejects. */
export type SandboxTrouble = 'auth0' | 'searches' | 'segment' | 'slack' | 'calls';

/** A message that the sandbox's Slack got. */
export interface SlackMessage {
  /** ISO 8601. */
  at: string;
  /** The sections that Slack shows, in mrkdwn: a text, facts beside one another, or both. */
  sections: { text: string; facts: string[] }[];
}

/** `GET /api/sandbox`: 404 where there is none. `POST /api/sandbox/outage` takes a {@link SandboxOutage}. */
export interface SandboxState {
  down: Record<SandboxTrouble, boolean>;
  /** The newest 10, newest first. */
  messages: SlackMessage[];
}

/** Has something in the sandbox fail, or work again. */
export interface SandboxOutage {
  service: SandboxTrouble;
  isDown: boolean;
}
