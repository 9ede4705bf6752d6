import { Copyable } from '../../ui/copyable';
import { Notice } from '../../ui/notice';
import type { DashboardState } from '../dashboard-state';

/** What to enter while the sandbox stands in for the world. */
export function SandboxHint({ sandbox }: { sandbox: NonNullable<DashboardState['sandbox']> }) {
  return (
    <Notice tone="plain" title="This is the sandbox: an Auth0 tenant, Segment and Slack on this machine.">
      <p class="small">
        SEGMENT_KEY: <Copyable text={sandbox.segmentKey} name="the sandbox's write key" />
      </p>
      <p class="small">
        SLACK_INCOMING_WEBHOOK: <Copyable text={sandbox.slackWebhook} name="the sandbox's webhook" />
      </p>
    </Notice>
  );
}
