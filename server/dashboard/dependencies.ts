import type { Host } from '../runs/host';
import type { StreamTokens } from '../tenants/setup/set-up';
import type { PageAssets } from '../web/http';
import type { Access } from './access/access';
import type { Metrics } from './metrics';

/** What the Dashboard is made of. */
export interface DashboardDependencies {
  host: Host;
  page: PageAssets;
  metrics: Metrics;
  access: Access;
  /** Where browsers find the Dashboard, if something stands before it. */
  publicUrl: string | undefined;
  /** IANA name, of new tenants. */
  timeZone: string;
  /** Tokens of log streams, which a setup makes. */
  streamTokens: StreamTokens;
  /** What stands in for Segment and Slack, in the sandbox. */
  sandbox: { segmentKey: string; slackWebhook: string } | null;
}
